package dev.cadenza.cli.bench;

import java.util.List;
import java.util.OptionalDouble;

/**
 * Where more clients bring no more tokens, and what is left of the peak beyond.
 *
 * @param clients the least level with nearly the peak
 * @param peak    tokens a second of the best level
 * @param held    least share of the peak at levels above {@code clients} and up to three times as many; empty: no level was measured there
 */
record Saturation(int clients, double peak, OptionalDouble held) {
    private static final double NEARLY = 0.95;
    private static final double HELD = 0.9;
    private static final int BEYOND = 3;

    /**
     * @param clients of each level
     * @param speed   tokens a second
     */
    record Level(int clients, double speed) {
    }

    /** @param levels one or more, in any order */
    static Saturation of(List<Level> levels) {
        double peak = levels.stream().mapToDouble(Level::speed).max().orElseThrow();
        int least = levels.stream().filter(level -> level.speed() >= NEARLY * peak).mapToInt(Level::clients).min().orElseThrow();
        OptionalDouble lowest = levels.stream().filter(level -> level.clients() > least && level.clients() <= BEYOND * least)
                .mapToDouble(Level::speed).min();
        return new Saturation(least, peak, lowest.isEmpty() || peak == 0 ? OptionalDouble.empty() : OptionalDouble.of(lowest.getAsDouble() / peak));
    }

    /** Whether overload up to three times the saturation leaves the throughput nearly as it was; false where that was not measured. */
    boolean holds() {
        return held.isPresent() && held.getAsDouble() >= HELD;
    }
}
