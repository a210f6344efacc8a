/** One token per step: the law itself, and the yardstick of every lossless strategy. It never drafts. Device thread. */
package dev.cadenza.decoding.standard;
