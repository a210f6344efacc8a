/**
 * Speculation: draft tokens are verified in the step that draws the next token, by equality with the very draws that {@code standard} would make,
 * so the answer is the same and the steps are fewer. It never changes a law. Device thread.
 */
package dev.cadenza.decoding.speculative;
