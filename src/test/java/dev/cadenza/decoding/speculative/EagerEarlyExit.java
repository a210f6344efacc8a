package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.Strategy;
import java.util.BitSet;
import java.util.stream.IntStream;

/** Early exits that draft in every turn, whether it pays or not, as no request can ask for. */
public final class EagerEarlyExit {
    private EagerEarlyExit() {
    }

    public static Strategy exit(int layer, int maxDraft) {
        return new EarlyExit(new EarlyExit.FirstLayers(layer), maxDraft, true);
    }

    public static Strategy skip(int maxDraft, int... layers) {
        BitSet skipped = new BitSet();
        IntStream.of(layers).forEach(skipped::set);
        return new EarlyExit(new EarlyExit.Without(skipped), maxDraft, true);
    }
}
