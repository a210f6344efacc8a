package dev.cadenza.engine;

import java.util.List;

/**
 * One sequence's rows in a step. A row that runs a layer reads that layer's keys and values of the settled prefix and of its ancestors among the
 * open nodes, so all of those must have run it; see {@link Region#written}.
 *
 * @param region where keys and values go
 * @param role   chooses the kernel class; the number of rows never does. {@link Role#PREFILL} takes tokens only and runs every layer
 * @param input  the rows
 * @param layers those that the rows run; from hidden states none below theirs
 * @param wants  what to bring back, in any order
 */
public record Segment(Region region, Role role, Input input, LayerSet layers, List<Want> wants) {
    public Segment {
        wants = List.copyOf(wants);
        if (role == Role.PREFILL && !(input instanceof Input.Tokens && layers.equals(LayerSet.ALL))) {
            throw new IllegalArgumentException("prefill takes tokens and runs every layer");
        }
    }

    /** New nodes that run every layer. */
    public static Segment tree(Region region, Role role, int[] tokens, int[] parents, List<Want> wants) {
        return new Segment(region, role, new Input.Tokens(tokens, parents), LayerSet.ALL, wants);
    }

    /** A chain that hangs on the region's settled prefix and runs every layer; the region must have no open node. */
    public static Segment chain(Region region, Role role, int[] tokens, List<Want> wants) {
        return chain(region, role, tokens, LayerSet.ALL, wants);
    }

    /** A chain that hangs on the region's settled prefix; the region must have no open node. */
    public static Segment chain(Region region, Role role, int[] tokens, LayerSet layers, List<Want> wants) {
        int[] parents = new int[tokens.length];
        for (int i = 0; i < parents.length; i++) {
            parents[i] = i - 1;
        }
        return new Segment(region, role, new Input.Tokens(tokens, parents), layers, wants);
    }

    /** Nodes of the states' region go on from the states through these layers. */
    public static Segment resume(HiddenStates states, LayerSet layers, List<Want> wants) {
        return resume(List.of(states), layers, wants);
    }

    /** Nodes of the states' one region, kept by several steps, go on together. */
    public static Segment resume(List<HiddenStates> states, LayerSet layers, List<Want> wants) {
        var input = new Input.Hidden(states);
        return new Segment(states.getFirst().region(), Role.DECODE, input, layers, wants);
    }

    public int rows() {
        return input.rows();
    }
}
