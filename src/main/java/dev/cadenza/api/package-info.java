/**
 * OpenAI's wire: parses requests into valid types, maps every fault to the error shape, writes answers and streams. One sub-package per endpoint
 * family; {@code wire} reads JSON, {@code error} owns the error shape, {@code http} the connection. It never touches the engine: it knows the
 * model through {@link dev.cadenza.api.ServedModel}. Requests are parsed on worker threads, bytes are written on the client's event loop.
 */
package dev.cadenza.api;
