/**
 * Speculation: draft tokens are verified in the step that draws the next token. By equality with the very draws that {@code standard} would make,
 * so that the answer is the same and the steps are fewer; or, with a second model's drafts and where a request says so, by rejection, which keeps
 * the law. It never changes a law. Device thread.
 */
package dev.cadenza.decoding.speculative;
