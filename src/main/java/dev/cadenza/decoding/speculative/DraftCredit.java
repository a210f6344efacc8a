package dev.cadenza.decoding.speculative;

/**
 * How many rows a sequence may draft, by its own success. A verified row costs the engine about as much as a decoded one, so a rejected row costs
 * one credit and an accepted one earns one: drafts grow while more than half is accepted, and shrink to a rare single row on text that cannot be
 * foreseen (2 rows plus one in 40 tokens). One thread.
 */
final class DraftCredit {
    private static final double START = 2;
    private static final double PER_TOKEN = 1.0 / 40;

    private final int max;
    private double credit = START;

    /** @param max rows of one draft */
    DraftCredit(int max) {
        this.max = max;
    }

    int rows() {
        return (int) Math.min(max, credit);
    }

    void settle(int drafted, int accepted) {
        credit = Math.min(Math.max(max, START), credit + accepted - (drafted - accepted) + (1 + accepted) * PER_TOKEN);
    }
}
