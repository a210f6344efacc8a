/**
 * Continuous batching on the device thread: admission by KV bytes, prefix reuse, chunked prefill, cancellation, delivery. {@code Scheduler} is the
 * door, {@code ContinuousBatchingScheduler} what is behind it, {@code ModelLoop} the one loop, {@code KvMemory} who holds which region. It never
 * knows HTTP, nor what a strategy does between {@code next} and {@code accept}. Only {@code Inbox}, {@code Tickets}' flags and {@code Counters} are
 * shared between threads.
 */
package dev.cadenza.scheduler;
