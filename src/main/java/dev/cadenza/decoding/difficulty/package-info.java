/**
 * DiffAdapt: one look at the question, the model's own state behind it, tells how hard it is, and that decides how it is asked (a text at its end),
 * how hot the answer is drawn and how long it may get. Nothing happens during decoding. Immutable but for the decoder, which is the device thread's.
 *
 * @see "Liu et al., DiffAdapt, 2025"
 */
package dev.cadenza.decoding.difficulty;
