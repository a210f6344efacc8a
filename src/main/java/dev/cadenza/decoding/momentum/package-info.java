/** Momentum decoding: a choice among the likeliest tokens that walks out of circles. It changes the law. Device thread. */
package dev.cadenza.decoding.momentum;
