/**
 * The engine contract: one {@link dev.cadenza.engine.Engine#step} is one forward pass of a ragged batch, sampling included.
 * Contract first: {@code Engine}, {@code Region}, {@code StepPlan}; {@code engine.torch} implements it on DJL/PyTorch, {@code engine.kv}
 * allots KV memory. It never knows requests, text or strategies. Owned by the one device thread.
 */
package dev.cadenza.engine;
