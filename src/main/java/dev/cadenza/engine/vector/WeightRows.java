package dev.cadenza.engine.vector;

import dev.cadenza.model.Weight;

/**
 * Rows of a weight in the order in which they are taken.
 *
 * @param order indices of rows
 */
record WeightRows(Weight weight, int[] order) {
}
