/**
 * What a request says about sampling, turned into the law of each position: penalties by what was said before, bias, temperature and truncation.
 * It never draws (the engine does, by {@link dev.cadenza.engine.CandidateDraw}) and knows neither text nor strategies. Owned by the device
 * thread, except for the immutable parameters.
 */
package dev.cadenza.sampling;
