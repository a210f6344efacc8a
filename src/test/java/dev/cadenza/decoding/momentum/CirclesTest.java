package dev.cadenza.decoding.momentum;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CirclesTest {

    @Test
    void newTokensAreFreeAndLoopsResistTheMoreTheLongerTheyAreWalked() {
        Circles circles = new Circles();
        append(circles, 1, 2, 3, 4, 5, 6, 7);

        assertThat(circles.repeated(9)).isZero();
        assertThat(circles.repeated(3)).as("known, but by another way").isOne();
        append(circles, 1);
        assertThat(circles.repeated(2)).isEqualTo(2);
        append(circles, 2);
        assertThat(circles.repeated(3)).isEqualTo(3);
        append(circles, 3, 4, 5);
        assertThat(circles.repeated(6)).as("no longer than five").isEqualTo(5);
    }

    @Test
    void repeatedIsWhatASearchForTheLongestNgramFinds() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            Circles circles = new Circles();
            List<Integer> text = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                int token = random.nextInt(4);
                assertThat(circles.repeated(token)).as("seed %d, token %d", seed, i).isEqualTo(search(text, token));
                circles.append(token);
                text.add(token);
            }
        }
    }

    private static int search(List<Integer> text, int token) {
        for (int length = Math.min(Circles.LONGEST, text.size() + 1); length > 0; length--) {
            List<Integer> ngram = new ArrayList<>(text.subList(text.size() - length + 1, text.size()));
            ngram.add(token);
            for (int from = 0; from + length <= text.size(); from++) {
                if (text.subList(from, from + length).equals(ngram)) {
                    return length;
                }
            }
        }
        return 0;
    }

    private static void append(Circles circles, int... tokens) {
        for (int token : tokens) {
            circles.append(token);
        }
    }
}
