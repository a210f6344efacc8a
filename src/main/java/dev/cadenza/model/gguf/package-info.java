/**
 * GGUF files, versions 2 and 3. {@code GgufCheckpoint} is the door. The header is read and every size, offset, shape and hyperparameter checked at
 * opening, so that a damaged or hostile file is refused with its place named; tensor data stays mapped. It never writes, never repairs, and never
 * ignores a tensor or hyperparameter that would change what the model computes. Any thread.
 */
package dev.cadenza.model.gguf;
