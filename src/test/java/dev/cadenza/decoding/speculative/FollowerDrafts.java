package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Parameter;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Wish;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Drafts, token after token, what followed the same token the last time. */
final class FollowerDrafts implements DraftSource {
    private static final double ODDS = 0.4;

    private final Map<Integer, Integer> followers = new HashMap<>();
    private int last = -1;

    FollowerDrafts(int[] prompt) {
        for (int token : prompt) {
            append(token);
        }
    }

    @Override
    public Draft draft(int most) {
        int[] tokens = new int[most];
        int length = 0;
        for (Integer next = followers.get(last); next != null && length < most; next = followers.get(next)) {
            tokens[length++] = next;
        }
        double[] odds = new double[length];
        Arrays.fill(odds, ODDS);
        return Draft.chain(Arrays.copyOf(tokens, length), odds);
    }

    @Override
    public void append(int token) {
        if (last >= 0) {
            followers.put(last, token);
        }
        last = token;
    }

    record Kind() implements DraftKind {
        private static final Parameter.Whole MAX_DRAFT = Speculative.maxDraft(4);

        @Override
        public String name() {
            return "followers";
        }

        @Override
        public String summary() {
            return "What followed the same token the last time";
        }

        @Override
        public List<Parameter> parameters(ModelTraits model) {
            return List.of(MAX_DRAFT);
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
            return new Speculative(name(), MAX_DRAFT.read(parameters), new Opening());
        }
    }

    private record Opening() implements Speculative.Opening {
        @Override
        public DraftSource open(SequenceStart start) {
            return new FollowerDrafts(start.prompt());
        }
    }
}
