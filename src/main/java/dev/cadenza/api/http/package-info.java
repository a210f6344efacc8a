/** What holds for every connection and request whatever its endpoint: request ids, timing header, time-outs. Never reads a body. */
package dev.cadenza.api.http;
