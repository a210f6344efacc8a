package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Wish;
import java.util.List;
import java.util.Map;

/** The kind of draft of {@code docs/adding-a-strategy.md}, registered and asked for as a request would. */
public final class ExampleDrafts {
    private ExampleDrafts() {
    }

    public static Strategy followers(int maxDraft) {
        var family = new SpeculativeFamily(List.of(new FollowerDrafts.Kind()));
        try {
            return family.parse(JsonFields.of("decoding.speculative", Map.of("max_draft", maxDraft)), Wish.NOTHING, Decodings.MODEL);
        } catch (InvalidDecoding e) {
            throw new AssertionError(e);
        }
    }
}
