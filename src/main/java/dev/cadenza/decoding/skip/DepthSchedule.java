package dev.cadenza.decoding.skip;

import dev.cadenza.engine.LayerSet;

/**
 * How many layers an answer's rows run, by position only: from {@code most} down to {@code fewest} in a straight line over {@code decay} tokens, and
 * {@code fewest} from there on. A row runs the first {@code warmUp} layers and then the topmost ones, so what is left out lies in the lower middle,
 * and a row's layers are among those of every row before it. Immutable.
 *
 * @param layers of the model, 2 or more
 * @param most   1 .. layers
 * @param fewest warmUp + 1 .. most, or layers
 * @param warmUp layers at the bottom that always run, 0 or more
 * @param decay  answer tokens until the least depth is reached, 1 or more
 * @see "Del Corro et al., SkipDecode, 2023"
 */
public record DepthSchedule(int layers, int most, int fewest, int warmUp, int decay) {
    public DepthSchedule {
        if (fewest < 1 || fewest > most || most > layers || warmUp < 0 || warmUp >= fewest || decay < 1) {
            throw new IllegalArgumentException("%d to %d of %d layers, %d to warm up, over %d tokens".formatted(most, fewest, layers, warmUp, decay));
        }
    }

    /**
     * The gentlest beginning and the deepest end whose mean is {@code layers / speedup}, as far as the warm-up lets it.
     *
     * @param speedup 1 or more
     * @param warmUp  0 .. layers - 1
     */
    static DepthSchedule of(int layers, double speedup, int warmUp, int decay) {
        int sum = (int) Math.round(2 * layers / speedup);
        int fewest = Math.clamp(sum - layers, warmUp + 1, layers);
        return new DepthSchedule(layers, Math.clamp(sum - fewest, fewest, layers), fewest, warmUp, decay);
    }

    /** Layers that the row of the answer's token {@code index} (0: the first) runs. */
    public int depth(int index) {
        return most - (int) ((long) (most - fewest) * Math.min(index, decay) / decay);
    }

    /** Which ones. */
    public LayerSet set(int index) {
        int depth = depth(index);
        return depth == layers ? LayerSet.ALL : LayerSet.ends(warmUp, depth - warmUp, layers);
    }

    /** Layers run by the rows that drew an answer of so many tokens: the prompt's last row at full depth, then every token's but the last's. */
    public long run(int tokens) {
        long sum = tokens == 0 ? 0 : layers;
        for (int index = 0; index < tokens - 1; index++) {
            sum += depth(index);
        }
        return sum;
    }
}
