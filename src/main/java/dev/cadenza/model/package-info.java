/**
 * Checkpoints on disk: formats ({@code gguf}), the architecture they describe, the catalogue and the store that fetches and verifies them. It
 * never runs a model. Checkpoints are immutable after opening and readable by any thread.
 */
package dev.cadenza.model;
