package dev.cadenza.decoding;

import dev.cadenza.engine.Sampled;

/** Counts what a decoder does, for its report. One thread. */
public final class Tally {
    private int moves;
    private int tokens;
    private int drafted;
    private int accepted;
    private int lastAccepted;

    /** A move ran on the model. */
    public void moved() {
        moves++;
    }

    /** A turn gained {@code kept} drafted tokens of {@code draft} and one more. */
    public void gained(int draft, int kept) {
        tokens += kept + 1;
        drafted += draft;
        accepted += kept;
        lastAccepted = kept;
    }

    /** A turn gained so many tokens, none of them drafted. */
    public void gainedTogether(int count) {
        tokens += count;
        lastAccepted = 0;
    }

    /** A move ran on the model and brought the one token of its turn. */
    public Turn plain(Sampled token) {
        moved();
        gained(0, 0);
        return Turn.plain(token);
    }

    /** Tokens of all turns. */
    public int tokens() {
        return tokens;
    }

    /**
     * @param draft   kind of draft, {@code null}: the strategy has none
     * @param dropped as in {@link Decoder#report}
     */
    public DecodingReport report(String strategy, SequenceStart start, String draft, int dropped) {
        // A turn's last token is drawn, not drafted; its first move belongs to the prefill.
        int acceptedInAnswer = accepted - Math.min(lastAccepted, Math.max(0, dropped - 1));
        return new DecodingReport(strategy, start.reason(), draft, Math.max(0, moves - 1), tokens - dropped, draft == null ? -1 : drafted,
                draft == null ? -1 : acceptedInAnswer, start.seed());
    }
}
