package dev.cadenza.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.engine.Law;
import dev.cadenza.engine.LogitEdits;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AnswerLawTest {

    @Test
    void lawWithoutPenaltiesIsOneObject() {
        AnswerLaw plain = new AnswerLaw(SamplingParameters.GREEDY, new int[] {1, 2});
        AnswerLaw biased = new AnswerLaw(parameters(0, 0, 1, Map.of(4, -2f)), new int[] {1, 2});

        Law first = biased.next();
        plain.append(3);
        biased.append(3);

        assertThat(plain.next().edits()).isSameAs(LogitEdits.NONE);
        assertThat(biased.after(new int[] {1, 2}, 2)).isSameAs(first);
        assertThat(edited(first, 4, 1)).isEqualTo(-1);
    }

    @Test
    void frequencyAndPresencePenaltyCountTheAnswerOnly() {
        AnswerLaw law = new AnswerLaw(parameters(0.5f, 0.25f, 1, Map.of(4, 10f)), new int[] {1, 1, 1});
        law.append(4);
        law.append(4);
        law.append(2);

        assertThat(edited(law.next(), 1, 3)).isEqualTo(3);
        assertThat(edited(law.next(), 2, 3)).isEqualTo(3 - 0.5f - 0.25f);
        assertThat(edited(law.next(), 4, 3)).isEqualTo(3 - 2 * 0.5f - 0.25f + 10);
    }

    @Test
    void repetitionPenaltyShrinksPositiveAndGrowsNegativeLogitsOfPromptAndAnswer() {
        AnswerLaw law = new AnswerLaw(parameters(0, 0, 2, Map.of(5, 1f)), new int[] {1});
        law.append(2);

        assertThat(edited(law.next(), 1, 3)).isEqualTo(1.5f);
        assertThat(edited(law.next(), 2, -3)).isEqualTo(-6);
        assertThat(edited(law.next(), 3, 3)).isEqualTo(3);
        assertThat(edited(law.next(), 5, 3)).as("biased, never said").isEqualTo(4);
    }

    @Test
    void draftedTokensCountLikeAppendedOnesAndLeaveNoTrace() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int[] prompt = random.ints(random.nextInt(6), 0, 12).toArray();
            SamplingParameters parameters = parameters(random.nextFloat(), random.nextFloat(), random.nextBoolean() ? 1.3f : 1, Map.of(3, 2f));
            AnswerLaw law = new AnswerLaw(parameters, prompt);
            AnswerLaw appended = new AnswerLaw(parameters, prompt);
            random.ints(random.nextInt(9), 0, 12).forEach(token -> {
                law.append(token);
                appended.append(token);
            });
            int[] draft = random.ints(5, 0, 12).toArray();
            Law before = law.next();

            for (int i = 0; i < draft.length; i++) {
                assertThat(law.after(draft, i)).as("seed %d, node %d", seed, i).usingRecursiveComparison().isEqualTo(appended.next());
                appended.append(draft[i]);
            }

            assertThat(law.next()).as("seed %d", seed).usingRecursiveComparison().isEqualTo(before);
        }
    }

    private static float edited(Law law, int token, float logit) {
        float[] row = new float[8];
        row[token] = logit;
        law.edits().apply(row);
        return row[token];
    }

    private static SamplingParameters parameters(float frequency, float presence, float repetition, Map<Integer, Float> bias) {
        return new SamplingParameters(1, 0, 1, 0, frequency, presence, repetition, bias);
    }

    @Test
    void repetitionPenaltyReachesEveryTokenOfALongPrompt() {
        int[] prompt = java.util.stream.IntStream.range(0, 1000).toArray();

        Law law = new AnswerLaw(new SamplingParameters(1, 0, 1, 0, 0, 0, 1.5f, Map.of(2000, 3f)), prompt).next();

        assertThat(law.edits().size()).isEqualTo(1001);
        for (int i = 0; i < 1001; i++) {
            assertThat(law.edits().divisors()[i]).isEqualTo(law.edits().tokens()[i] == 2000 ? 1 : 1.5f);
        }
    }
}
