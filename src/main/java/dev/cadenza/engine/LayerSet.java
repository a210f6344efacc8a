package dev.cadenza.engine;

import java.util.BitSet;

/**
 * The layers that a segment's rows run, in ascending order; a layer left out is identity. Immutable.
 *
 * <p>One notion carries early exit ({@code range(0, exit)}), its verification ({@code range(exit, layers)} from hidden states), SkipDecode's
 * depth ({@code ends}) and training-free skip sets ({@code of}).
 */
public final class LayerSet {
    /** Every layer of the model. */
    public static final LayerSet ALL = new LayerSet(null);

    private final BitSet layers;

    private LayerSet(BitSet layers) {
        this.layers = layers;
    }

    /** Layers [from, to); {@code from == to}: none. */
    public static LayerSet range(int from, int to) {
        if (from < 0 || to < from) {
            throw new IllegalArgumentException("no range of layers: [%d, %d)".formatted(from, to));
        }
        var set = new BitSet();
        set.set(from, to);
        return new LayerSet(set);
    }

    /** Layers [0, bottom) and the last {@code top} of {@code layers}. */
    public static LayerSet ends(int bottom, int top, int layers) {
        if (bottom < 0 || top < 0 || bottom + top > layers) {
            throw new IllegalArgumentException("%d bottom and %d top layers of %d".formatted(bottom, top, layers));
        }
        var set = new BitSet();
        set.set(0, bottom);
        set.set(layers - top, layers);
        return new LayerSet(set);
    }

    public static LayerSet of(BitSet layers) {
        return new LayerSet((BitSet) layers.clone());
    }

    public boolean contains(int layer) {
        return layers == null || layers.get(layer);
    }

    /** How many of a model's layers are in the set. */
    public int count(int modelLayers) {
        return layers == null ? modelLayers : layers.get(0, modelLayers).cardinality();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LayerSet set && (layers == null ? set.layers == null : layers.equals(set.layers));
    }

    @Override
    public int hashCode() {
        return layers == null ? 0 : layers.hashCode();
    }

    @Override
    public String toString() {
        return layers == null ? "all layers" : "layers " + layers;
    }
}
