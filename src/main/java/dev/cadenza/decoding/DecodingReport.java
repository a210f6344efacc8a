package dev.cadenza.decoding;

/**
 * What a strategy did for one answer; the names on the wire are the design's ({@code steps}, {@code tokens_per_step}, ...).
 *
 * @param strategy name
 * @param reason   why it was chosen
 * @param draft    kind of draft, or {@code null}
 * @param steps    engine steps after the prefill in which the sequence had a row
 * @param tokens   tokens generated
 * @param drafted  draft tokens verified; -1: does not apply
 * @param accepted draft tokens kept; -1: does not apply
 * @param seed     of the random numbers
 * @param layersRun layers executed by the rows that drew the tokens; -1: does not apply
 * @param layersFull layers that these rows would have executed at full depth
 * @param trials        paths sampled at forks; -1: does not apply
 * @param droppedTokens tokens of the paths that were not kept
 * @param trialsCapped  forks that had fewer trials than wanted, for want of room
 * @param route         {@code null}: does not apply
 */
public record DecodingReport(String strategy, String reason, String draft, int steps, int tokens, int drafted, int accepted, long seed, long layersRun,
        long layersFull, int trials, int droppedTokens, int trialsCapped, Route route) {

    /** Of a strategy that neither leaves layers out nor forks. */
    public DecodingReport(String strategy, String reason, String draft, int steps, int tokens, int drafted, int accepted, long seed) {
        this(strategy, reason, draft, steps, tokens, drafted, accepted, seed, -1, -1, -1, 0, 0, null);
    }

    public DecodingReport withLayers(long run, long full) {
        return new DecodingReport(strategy, reason, draft, steps, tokens, drafted, accepted, seed, run, full, trials, droppedTokens,
                trialsCapped, route);
    }

    public DecodingReport withTrials(int paths, int dropped, int capped) {
        return new DecodingReport(strategy, reason, draft, steps, tokens, drafted, accepted, seed, layersRun, layersFull, paths, dropped, capped, route);
    }

    /** Of a strategy that chose a class and decoded by another one. */
    public DecodingReport routed(String by, Route taken) {
        return new DecodingReport(by, reason, draft, steps, tokens, drafted, accepted, seed, layersRun, layersFull, trials, droppedTokens, trialsCapped,
                taken);
    }

    /**
     * How a question was asked.
     *
     * @param name          of its class
     * @param probabilities of the classes easy, normal and hard; {@code null}: they were not asked for
     * @param temperature   that applied
     * @param maxTokens     that applied
     * @param warning       {@code null}: none
     */
    public record Route(String name, double[] probabilities, double temperature, int maxTokens, String warning) {
    }
}
