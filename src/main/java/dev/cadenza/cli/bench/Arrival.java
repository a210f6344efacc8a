package dev.cadenza.cli.bench;

/**
 * A line of a stream.
 *
 * @param nanos of {@link System#nanoTime()} when its end arrived
 * @param line  without its end
 */
record Arrival(long nanos, String line) {
}
