/**
 * Allots the slots of a KV arena to regions. Pure bookkeeping: it never touches native memory. Device thread only.
 */
package dev.cadenza.engine.kv;
