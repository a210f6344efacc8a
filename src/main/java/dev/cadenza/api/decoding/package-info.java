/** GET /v1/decoding/strategies: what a request's {@code decoding} may ask for. Reads the gate only. */
package dev.cadenza.api.decoding;
