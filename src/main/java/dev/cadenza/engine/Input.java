package dev.cadenza.engine;

import java.util.List;
import java.util.stream.IntStream;

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

    /**
     * Open nodes that have run their lower layers go on from their hidden states; no node is added.
     *
     * @param states one or more, of one region and one layer, no node twice; the rows in their order. They stay the caller's to close
     */
    record Hidden(List<HiddenStates> states) implements Input {
        public Hidden {
            states = List.copyOf(states);
            if (states.isEmpty()) {
                throw new IllegalArgumentException("no hidden states to go on from");
            }
            HiddenStates first = states.getFirst();
            if (states.stream().anyMatch(other -> other.region() != first.region() || other.layer() != first.layer())) {
                throw new IllegalArgumentException("hidden states must be of one region and enter one layer");
            }
        }

        /** The layer that they would enter. */
        public int layer() {
            return states.getFirst().layer();
        }

        /** The rows' open nodes. */
        public int[] nodes() {
            return states.stream().flatMapToInt(some -> IntStream.of(some.nodes())).toArray();
        }

        @Override
        public int rows() {
            int rows = 0;
            for (HiddenStates some : states) {
                rows += some.nodes().length;
            }
            return rows;
        }
    }
}
