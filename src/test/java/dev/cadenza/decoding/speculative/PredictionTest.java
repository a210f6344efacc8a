package dev.cadenza.decoding.speculative;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PredictionTest {

    @Test
    void theTextIsDraftedFromItsBeginningToItsEnd() {
        Prediction prediction = new Prediction(new int[] {5, 6, 7, 8});

        assertThat(prediction.draft(3).tokens()).containsExactly(5, 6, 7);
        append(prediction, 5, 6);
        assertThat(prediction.draft(9).tokens()).containsExactly(7, 8);
        append(prediction, 7, 8);
        assertThat(prediction.draft(9).tokens()).isEmpty();
        append(prediction, 9);
        assertThat(prediction.draft(9).tokens()).isEmpty();
    }

    @Test
    void replacedTokenIsPassedOverAtOnce() {
        Prediction prediction = new Prediction(new int[] {1, 2, 3, 4, 5});

        append(prediction, 1, 2, 99);

        assertThat(prediction.draft(2).tokens()).containsExactly(4, 5);
        assertThat(prediction.draft(2).odds()[0]).isLessThan(0.5);
        append(prediction, 4);
        assertThat(prediction.draft(2).tokens()).containsExactly(5);
        assertThat(prediction.draft(2).odds()[0]).isEqualTo(0.5);
    }

    @Test
    void placeIsFoundAgainAfterAnInsertionADeletionAndAJump() {
        int[] text = IntStream.range(100, 200).toArray();
        Prediction prediction = new Prediction(text);

        append(prediction, 100, 101, 7, 8, 9, 102, 103);
        assertThat(prediction.draft(1).tokens()).as("behind an insertion").containsExactly(104);
        append(prediction, 130, 131);
        assertThat(prediction.draft(1).tokens()).as("behind a deletion").containsExactly(132);
        append(prediction, 110, 111);
        assertThat(prediction.draft(1).tokens()).as("behind a jump back").containsExactly(112);
    }

    @Test
    void ofEquallyLongMatchesTheNearestAheadIsTaken() {
        Prediction prediction = new Prediction(new int[] {1, 2, 50, 3, 1, 2, 60, 4, 1, 2, 70});

        append(prediction, 1, 2, 50, 3, 9, 1, 2);

        assertThat(prediction.draft(1).tokens()).containsExactly(60);
    }

    @Test
    void draftsOfAnAnswerWithFewChangesAreMostlyRight() {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            int[] answer = random.ints(400, 0, 300).toArray();
            int[] expected = Arrays.stream(answer).map(token -> random.nextInt(20) == 0 ? 999 : token).toArray();
            Prediction prediction = new Prediction(expected);
            int right = 0;
            for (int token : answer) {
                Draft draft = prediction.draft(1);
                right += draft.size() > 0 && draft.tokens()[0] == token ? 1 : 0;
                prediction.append(token);
            }
            long unchanged = IntStream.range(0, answer.length).filter(i -> expected[i] == answer[i]).count();
            assertThat((double) right).as("seed %d", seed).isGreaterThan(0.95 * unchanged);
        }
    }

    @Test
    void emptyTextDraftsNothing() {
        Prediction prediction = new Prediction(new int[0]);

        append(prediction, 3);

        assertThat(prediction.draft(4).tokens()).isEmpty();
    }

    private static void append(Prediction prediction, int... tokens) {
        for (int token : tokens) {
            prediction.append(token);
        }
    }
}
