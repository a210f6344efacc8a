package dev.cadenza.decoding.speculative;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.SharedMemory;
import dev.cadenza.engine.Sampled;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SuffixTest {
    private static final SuffixSearch SEARCH = new SuffixSearch(63, 0.1, 1);
    private final SharedMemory memory = new SharedMemory(2);

    @Test
    void answerIsDraftedFromAnEarlierOneOfItsScopeAndNoOther() {
        answer(source("a", 1, 2, 3), 10, 11, 12, 13, 14, 15, 16, 17).close();

        assertThat(answer(source("a", 4, 5), 10, 11, 12).draft(16).tokens()).containsExactly(13, 14, 15);
        assertThat(answer(source("b", 4, 5), 10, 11, 12).draft(16).tokens()).isEmpty();
        assertThat(answer(source(null, 4, 5), 10, 11, 12).draft(16).tokens()).isEmpty();
    }

    @Test
    void promptsOfOthersAreNeverDrafted() {
        answer(source("a", IntStream.range(0, 50).toArray()), 90, 91).close();

        assertThat(answer(source("a", 7, 8, 9), 20, 21, 22).draft(16).tokens()).isEmpty();
    }

    @Test
    void answerIsDraftedFromOneThatStillRuns() {
        Suffix ahead = answer(source("a", 1, 2), 10, 11, 12, 13);
        Suffix behind = answer(source("a", 1, 2), 10, 11);

        assertThat(behind.draft(16).tokens()).containsExactly(12, 13);
        answer(ahead, 14, 15, 16);
        assertThat(behind.draft(16).tokens()).as("the same until the next token").containsExactly(12, 13);
        behind.append(12);
        assertThat(behind.draft(16).tokens()).containsExactly(13, 14, 15);
    }

    @Test
    void othersThatWaitAtTheSamePlaceDoNotMakeADraftUnlikely() {
        answer(source("a", 1), 10, 11, 12, 13).close();
        for (int i = 0; i < 20; i++) {
            answer(source("a", 1), 10, 11);
        }

        assertThat(answer(source("a", 1), 10, 11).draft(16).tokens()).containsExactly(12, 13);
    }

    @Test
    void betterScoreWinsAndAmongEqualsThePromptAndAnswerItself() {
        answer(source("a", 1), 10, 11, 12, 13).close();

        assertThat(answer(source("a", 10, 11, 7, 8), 10, 11).draft(16).tokens()).as("always here, always elsewhere").containsExactly(7, 8);
        assertThat(answer(source("a", 10, 11, 7, 8, 10, 11, 6, 5), 10, 11).draft(16).tokens()).as("half the time here").containsExactly(12, 13);
    }

    @Test
    void guessesThatDoNotComeTrueAreWithheldAndThoseThatDoAreDraftedHoweverShort() {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            Suffix source = source(null, random.ints(300, 0, 8).toArray());
            int drafts = 0;
            for (int i = 0; i < 400; i++) {
                drafts += i >= 64 && source.draft(2).size() > 0 ? 1 : 0;
                decode(source, random.nextInt(8));
            }
            assertThat(drafts).as("seed %d", seed).isLessThan(336 / 20);

            // From here on a token tells the next one, but never two tokens the third.
            int right = 0;
            for (int i = 0; i < 60; i++) {
                int noise = 100 + random.nextInt(1_000_000);
                decode(source, noise);
                decode(source, 50);
                right += source.draft(2).size() > 0 && source.draft(2).tokens()[0] == 51 ? 1 : 0;
                decode(source, 51);
            }
            assertThat(right).as("seed %d", seed).isGreaterThan(40);
        }
    }

    @Test
    void promptIsDraftedFromAtOnce() {
        assertThat(source(null, 1, 2, 3, 4, 5, 1, 2, 3).draft(16).tokens()).containsExactly(4, 5, 1);
    }

    @Test
    void longPromptIsDraftedFromAfterSomeTurnsAndTheAnswerSoFarWithIt() {
        int[] prompt = IntStream.range(0, 3_000).toArray();
        Suffix source = source(null, prompt);

        int turns = 0;
        while (source.draft(16).size() == 0 && turns < 100) {
            source.append(turns < 50 ? 1_000 + turns : 7);
            turns++;
        }

        assertThat(turns).isBetween(2, 20);
        assertThat(source.draft(1).tokens()).containsExactly(1_000 + turns);
        answer(source, 10_001, 1_000, 1_001);
        assertThat(source.draft(1).tokens()).containsExactly(1_002);
    }

    private Suffix source(String scope, int... prompt) {
        return new Suffix(SEARCH, 16, 64, prompt, memory.scope(scope).get(SuffixHistory.class, SuffixHistory::new));
    }

    private static Suffix answer(Suffix source, int... tokens) {
        IntStream.of(tokens).forEach(source::append);
        return source;
    }

    /** The model draws a token, as the verifier tells it. */
    private static void decode(Suffix source, int token) {
        source.observe(-1, new Sampled(0, token, Float.NaN, new int[0], new float[0]));
        source.append(token);
    }
}
