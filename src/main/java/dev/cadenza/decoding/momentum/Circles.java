package dev.cadenza.decoding.momentum;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A growing text as a graph of tokens: how far back a next token would walk where the text has walked before. One thread. */
final class Circles {
    /** Tokens of the longest repeated stretch that is told apart. */
    static final int LONGEST = 5;

    private int[] text = new int[64];
    private int size;
    /** Per token where it stands. */
    private final Map<Integer, List<Integer>> places = new HashMap<>();

    void append(int token) {
        if (size == text.length) {
            text = Arrays.copyOf(text, 2 * size);
        }
        places.computeIfAbsent(token, _ -> new ArrayList<>()).add(size);
        text[size++] = token;
    }

    /**
     * @return 0: the token is new; otherwise how many tokens, itself the last, would repeat an earlier stretch of the text, at most
     *         {@value #LONGEST}
     */
    int repeated(int token) {
        int longest = 0;
        for (int place : places.getOrDefault(token, List.of())) {
            int length = 1;
            while (length < LONGEST && length <= place && text[place - length] == text[size - length]) {
                length++;
            }
            longest = Math.max(longest, length);
        }
        return longest;
    }
}
