package dev.cadenza.cli.bench;

/**
 * One line of the result.
 *
 * @param work       what ran, such as {@code decode batch 8 context 1024}
 * @param name       what of it was measured, such as {@code speed}
 * @param unit       of the summary's values
 * @param thrownAway measurements repeated because the machine was not quiet
 * @param quiet      whether every measurement that counts ran on a quiet machine
 */
record Figure(String work, String name, String unit, Summary value, int thrownAway, boolean quiet) {
}
