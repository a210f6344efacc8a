package dev.cadenza.cli.bench;

/**
 * The same requests answered in two ways, one right after the other.
 *
 * @param other      what it is compared with: {@code standard}'s answers
 * @param thrownAway measurements repeated because the machine was not quiet
 * @param quiet      whether the machine was
 */
record Pair(Answers own, Answers other, int thrownAway, boolean quiet) {

    /** Of the speeds; above 1 the own one is better. */
    double ratio() {
        return own.speed() / other.speed();
    }

    int equal() {
        return own.equal(other);
    }
}
