package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.speculative.SuffixSearch.Guess;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/** What a {@link SuffixTree} should say, by searching all texts from end to end. */
final class SuffixOracle {
    private final int depth;
    /** Those of which something is held, oldest first. */
    private final List<Text> held = new ArrayList<>();

    static final class Text {
        int[] tokens = {};
        int first;

        boolean has(int[] string, int at) {
            return at + string.length <= tokens.length && Arrays.equals(tokens, at, at + string.length, string, 0, string.length);
        }
    }

    SuffixOracle(int depth) {
        this.depth = depth;
    }

    void append(Text text, int token) {
        if (text.first == text.tokens.length) {
            held.add(text);
        }
        text.tokens = with(text.tokens, token);
    }

    void forget() {
        Text oldest = held.getFirst();
        if (++oldest.first == oldest.tokens.length) {
            held.removeFirst();
        }
    }

    int size() {
        return held.stream().mapToInt(text -> text.tokens.length - text.first).sum();
    }

    /** How often each string of at most a depth's tokens occurs. */
    Map<List<Integer>, Integer> counts() {
        Map<List<Integer>, Integer> counts = new HashMap<>();
        for (Text text : held) {
            List<Integer> tokens = Arrays.stream(text.tokens).boxed().toList();
            for (int from = text.first; from < tokens.size(); from++) {
                for (int to = from + 1; to <= Math.min(tokens.size(), from + depth); to++) {
                    counts.merge(tokens.subList(from, to), 1, Integer::sum);
                }
            }
        }
        return counts;
    }

    /** The token that most often follows, of several the one that did so last; {@code null}: none does, or the depth ends here. */
    Integer follower(int[] string) {
        Map<Integer, Integer> counts = new HashMap<>();
        Integer best = null;
        if (string.length < depth) {
            for (Text text : held) {
                for (int at = text.first; at + string.length < text.tokens.length; at++) {
                    if (text.has(string, at)) {
                        counts.merge(text.tokens[at + string.length], 1, Integer::sum);
                    }
                }
            }
            for (Text text : held) {
                for (int at = text.first; at + string.length < text.tokens.length; at++) {
                    if (text.has(string, at) && (best == null || counts.get(text.tokens[at + string.length]) >= counts.get(best))) {
                        best = text.tokens[at + string.length];
                    }
                }
            }
        }
        return best;
    }

    Guess best(Text text, SuffixSearch search, int most, IntToDoubleFunction trust) {
        Guess best = Guess.NONE;
        int longest = Math.min(search.longestMatch(), Math.min(depth - 1, text.tokens.length - text.first));
        for (int match = 1; match <= longest; match++) {
            int[] end = Arrays.copyOfRange(text.tokens, text.tokens.length - match, text.tokens.length);
            if (follower(end) != null) {
                Guess guess = follow(end, search.minProbability(), (int) Math.min(most, match * search.factor()), trust.applyAsDouble(match));
                best = guess.draft().size() > 0 && guess.score() >= best.score() ? guess : best;
            }
        }
        return best;
    }

    private Guess follow(int[] end, double minProbability, int budget, double trust) {
        int[] drafted = {};
        double[] odds = new double[budget];
        double score = 0;
        double probability = 1;
        int[] string = end;
        while (drafted.length < budget) {
            while (string.length > 0 && follower(string) == null) {
                string = Arrays.copyOfRange(string, string.length - string.length / 2, string.length);
            }
            if (string.length == 0) {
                break;
            }
            int token = follower(string);
            int[] longer = with(string, token);
            odds[drafted.length] = (double) count(longer) / followed(string);
            probability *= odds[drafted.length];
            if (probability < minProbability) {
                break;
            }
            score += probability;
            drafted = with(drafted, token);
            string = longer;
        }
        return new Guess(end.length, Draft.chain(drafted, Arrays.copyOf(odds, drafted.length)), trust * score);
    }

    private int count(int[] string) {
        int count = 0;
        for (Text text : held) {
            for (int at = text.first; at < text.tokens.length; at++) {
                count += text.has(string, at) ? 1 : 0;
            }
        }
        return count;
    }

    private int followed(int[] string) {
        int count = 0;
        for (Text text : held) {
            for (int at = text.first; at + string.length < text.tokens.length; at++) {
                count += text.has(string, at) ? 1 : 0;
            }
        }
        return count;
    }

    private static int[] with(int[] tokens, int token) {
        int[] longer = Arrays.copyOf(tokens, tokens.length + 1);
        longer[tokens.length] = token;
        return longer;
    }
}
