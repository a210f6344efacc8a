/**
 * What an operator sees: metrics of the scheduler and of requests, and whether the server is fit. It reads the scheduler's statistics, never
 * changes anything, and knows neither HTTP endpoints nor models. Any thread.
 */
package dev.cadenza.observability;
