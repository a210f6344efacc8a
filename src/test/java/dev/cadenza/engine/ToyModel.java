package dev.cadenza.engine;

import java.util.Arrays;

/**
 * The toy's arithmetic: pure functions, no region. A residual state is 64 bits. Its upper half says what the next token is mostly about: the last
 * token, from layer 0 on the last two (so that text repeats itself, drafts are accepted, and an early exit mostly agrees with the whole). Its lower
 * half hashes, ever anew, what each layer that ran read of the whole path (so that any slip in what is stored shows).
 */
final class ToyModel {
    private static final float UNSAID = -50;
    private static final int UPPER = 32;

    private final Shape shape;
    private final long seed;

    ToyModel(Shape shape, long seed) {
        this.shape = shape;
        this.seed = seed;
    }

    long embedding(int token, Role role) {
        return (long) token << UPPER | lower(mix(seed ^ token * 2L + role.ordinal()));
    }

    /** What a layer has read of an empty path. */
    long nothingRead(int layer) {
        return mix(seed + layer);
    }

    /** What a layer has read of a path that goes on to a node with this value. */
    long read(long context, long value) {
        return mix(context ^ value);
    }

    /**
     * A row's state behind a layer.
     *
     * @param state   as it enters the layer, which is also the row's value there
     * @param parent  the parent's value there; 0: no parent
     * @param context what the layer has read of the path, the row included
     */
    long behind(int layer, long state, long parent, long context) {
        long upper = layer == 0 ? mix(seed ^ (state >>> UPPER) * 1_000 + (parent >>> UPPER)) >>> UPPER : state >>> UPPER;
        return upper << UPPER | lower(mix(context + state));
    }

    /** Raw logits from a state behind a row's last layer, [vocabulary]. The last token of the vocabulary is never said unless forced. */
    float[] logits(long state) {
        long upper = mix(seed ^ state >>> UPPER);
        long lower = mix(seed + lower(state));
        float[] logits = new float[shape.vocabulary()];
        for (int t = 0; t < logits.length; t++) {
            logits[t] = 6 * unit(mix(upper ^ t)) + 1.5f * unit(mix(lower ^ t));
        }
        logits[logits.length - 1] = UNSAID;
        return logits;
    }

    /** A state as residual numbers: its eight bytes, the highest first, [hidden]. */
    float[] residual(long state) {
        float[] residual = new float[shape.hidden()];
        for (int i = 0; i < 8; i++) {
            residual[i] = state >>> 8 * (7 - i) & 0xFF;
        }
        return residual;
    }

    /**
     * The state of a path's last token as it enters a layer, recomputed from nothing.
     *
     * @param roles  of each token
     * @param sets   layers that each token ran
     * @param layer  0 .. layers
     */
    long state(int[] tokens, Role[] roles, LayerSet[] sets, int layer) {
        long[] contexts = new long[shape.layers()];
        long[] parents = new long[shape.layers()];
        Arrays.setAll(contexts, this::nothingRead);
        long state = 0;
        for (int i = 0; i < tokens.length; i++) {
            state = embedding(tokens[i], roles[i]);
            int end = i == tokens.length - 1 ? layer : shape.layers();
            for (int l = 0; l < end; l++) {
                if (sets[i].contains(l)) {
                    contexts[l] = read(contexts[l], state);
                    long entering = state;
                    state = behind(l, entering, parents[l], contexts[l]);
                    parents[l] = entering;
                }
            }
        }
        return state;
    }

    private static long lower(long bits) {
        return bits & 0xFFFF_FFFFL;
    }

    private static long mix(long z) {
        long a = (z + 0x9E3779B97F4A7C15L ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
        return b ^ b >>> 31;
    }

    /** In [-1, 1). */
    private static float unit(long bits) {
        return (bits >> 40) * 0x1p-23f;
    }
}
