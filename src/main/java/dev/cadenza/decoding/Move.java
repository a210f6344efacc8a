package dev.cadenza.decoding;

import dev.cadenza.engine.Want;
import java.util.List;

/**
 * Rows for the next step, behind the sequence's pending tokens (those known but not computed; one in plain decoding).
 *
 * @param draft   ids of draft nodes
 * @param parents per draft node its parent's index in {@code draft}; -1: the last pending token
 * @param wants   rows counted from the last pending token (row 0), draft node i being row i + 1
 */
public record Move(int[] draft, int[] parents, List<Want> wants) {
    public Move {
        wants = List.copyOf(wants);
    }
}
