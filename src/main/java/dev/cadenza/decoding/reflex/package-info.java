/** CyclicReflex: a wave on the logits of reflecting words. It changes the law. Device thread. */
package dev.cadenza.decoding.reflex;
