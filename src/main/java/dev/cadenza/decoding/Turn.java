package dev.cadenza.decoding;

/**
 * What came of a move.
 *
 * @param kept    draft nodes that the sequence keeps, a root path
 * @param samples indices, in the list given to {@code accept}, of the tokens gained, in order
 */
public record Turn(int[] kept, int[] samples) {
}
