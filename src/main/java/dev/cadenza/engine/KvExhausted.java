package dev.cadenza.engine;

/** KV memory does not suffice at the moment. Nothing was reserved. */
public final class KvExhausted extends Exception {
    private static final long serialVersionUID = 1L;

    public KvExhausted(long wantedBytes, long freeBytes) {
        super("KV cache exhausted: wanted %d bytes, %d are free".formatted(wantedBytes, freeBytes));
    }
}
