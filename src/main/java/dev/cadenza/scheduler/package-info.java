/**
 * Continuous batching on the device thread: admission by KV bytes, chunked prefill, cancellation, delivery. {@code Scheduler} is the door. It
 * never knows HTTP, nor what a strategy does between {@code next} and {@code accept}.
 */
package dev.cadenza.scheduler;
