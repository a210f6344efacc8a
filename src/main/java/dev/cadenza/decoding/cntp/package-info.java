/** Cautious next token prediction: trials are open nodes of the sequence's own region, and one of them is kept. It changes the law. Device thread. */
package dev.cadenza.decoding.cntp;
