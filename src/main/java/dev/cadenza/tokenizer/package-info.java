/**
 * Text to token ids, tokens back to text as they arrive, and stop strings.
 * <p>
 * Never does: roles, templates, sampling. Knows special tokens, but never finds one in a user's text.
 * The tokenizer is immutable and serves any thread; {@code TextStream}, {@code StopMatcher} and {@code AnswerText} belong to one
 * sequence and live on the device thread.
 */
package dev.cadenza.tokenizer;
