package dev.cadenza.engine;

/** What enters the layers of a segment's rows. */
public sealed interface Input {

    /** Number of rows, 1 or more. */
    int rows();

    /**
     * New nodes: row i becomes the open node {@code region.open() + i}.
     *
     * @param ids     tokens, one or more; neither array is copied, and neither may change
     * @param parents per row the index of its parent among the region's open nodes (those before this step counted), -1: the settled prefix. A
     *                node's position is its parent's plus one
     */
    record Tokens(int[] ids, int[] parents) implements Input {
        public Tokens {
            if (ids.length == 0 || ids.length != parents.length) {
                throw new IllegalArgumentException("tokens and parents must have one length >= 1, got %d and %d".formatted(ids.length, parents.length));
            }
        }

        @Override
        public int rows() {
            return ids.length;
        }
    }

    /** Open nodes that have run their lower layers go on from their hidden states; no node is added. */
    record Hidden(HiddenStates states) implements Input {
        @Override
        public int rows() {
            return states.nodes().length;
        }
    }
}
