/**
 * How sequences decode: the contract of a strategy ({@code Strategy}, {@code Decoder}, {@code Move}, {@code Turn}) and the choice of one per
 * request ({@code StrategySelector}, the door). One sub-package per strategy family; a new one touches its own package and the list in {@code
 * StrategySelector}. It never runs a step, knows no text and no memory. Decoders belong to the device thread, all else is immutable.
 */
package dev.cadenza.decoding;
