package dev.cadenza.engine;

import java.util.List;

/**
 * One sequence's rows in a step. Row i becomes the open node {@code region.open() + i}.
 *
 * @param region  where keys and values go
 * @param role    chooses the kernel class; the number of rows never does
 * @param tokens  input ids, one or more; the array is not copied and must not change
 * @param parents per row the index of its parent among the region's open nodes (those before this step counted), -1: the settled prefix. A
 *                node's position is its parent's plus one
 * @param wants   what to bring back, in any order
 */
public record Segment(Region region, Role role, int[] tokens, int[] parents, List<Want> wants) {
    public Segment {
        if (tokens.length == 0 || tokens.length != parents.length) {
            throw new IllegalArgumentException("tokens and parents must have one length >= 1, got %d and %d".formatted(tokens.length, parents.length));
        }
        wants = List.copyOf(wants);
    }

    /** A chain that hangs on the region's settled prefix; the region must have no open node. */
    public static Segment chain(Region region, Role role, int[] tokens, List<Want> wants) {
        int[] parents = new int[tokens.length];
        for (int i = 0; i < parents.length; i++) {
            parents[i] = i - 1;
        }
        return new Segment(region, role, tokens, parents, wants);
    }
}
