package dev.cadenza.engine;

/**
 * What callers must know of a loaded model.
 *
 * @param layers       decoder layers
 * @param hidden       width of the residual stream
 * @param vocabulary   rows of the output head
 * @param context      positions a sequence may have
 * @param bytesPerSlot KV bytes of one position over all layers
 * @param kvBytes      KV budget in bytes, over all regions
 * @param prefillBlock prefill segments start at a multiple of this position, and all but a prompt's last have a multiple of it as length
 * @param rowInvariant whether a row's bits are the same whatever shares its step
 */
public record Shape(int layers, int hidden, int vocabulary, int context, long bytesPerSlot, long kvBytes, int prefillBlock,
        boolean rowInvariant) {
}
