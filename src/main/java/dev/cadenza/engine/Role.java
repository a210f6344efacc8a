package dev.cadenza.engine;

/** Chooses a row's kernel class, so that its bits do not depend on how many rows share the step. */
public enum Role {
    /** Prompt rows in blocks aligned to {@link Shape#prefillBlock()} positions. */
    PREFILL,
    /** Next-token rows and draft nodes under verification. */
    DECODE
}
