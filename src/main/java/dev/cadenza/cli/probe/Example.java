package dev.cadenza.cli.probe;

import dev.cadenza.decoding.difficulty.Difficulty;

/** A state, [hidden], and the class of its question. */
record Example(float[] state, Difficulty label) {
}
