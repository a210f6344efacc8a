package dev.cadenza.api;

/** Fired once, when the model answers requests. */
public record ModelReady(ServedModel model) {
}
