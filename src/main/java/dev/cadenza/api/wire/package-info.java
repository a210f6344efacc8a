/** Reads JSON strictly: one declaration per field with type and range, exact paths in errors. Knows no endpoint. Immutable; any thread. */
package dev.cadenza.api.wire;
