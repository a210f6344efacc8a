package dev.cadenza.decoding.speculative;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NgramIndexTest {

    @Test
    void draftFollowsTheLatestMatchOfTheLongestNgram() {
        NgramIndex index = new NgramIndex(1, 3, new int[] {1, 2, 3, 7, 9, 2, 3, 8, 1, 2, 3});

        assertThat(draft(index, 4)).containsExactly(7, 9, 2, 3);
        index.append(8);
        assertThat(draft(index, 2)).containsExactly(1, 2);
    }

    @Test
    void loopIsDraftedBeyondItsEnd() {
        NgramIndex index = new NgramIndex(2, 4, new int[] {5, 1, 2, 1, 2});

        assertThat(draft(index, 5)).containsExactly(1, 2, 1, 2, 1);
    }

    @Test
    void nothingIsDraftedWithoutAMatch() {
        assertThat(new NgramIndex(2, 4, new int[] {1, 2, 3}).match().length()).isZero();
        assertThat(new NgramIndex(2, 4, new int[] {1}).match().length()).isZero();
    }

    @Test
    void indexAgreesWithASearchOfTheWholeSequence() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int min = 1 + random.nextInt(3);
            int max = min + random.nextInt(4);
            List<Integer> tokens = new ArrayList<>(random.ints(1 + random.nextInt(300), 0, 2 + random.nextInt(4)).boxed().toList());
            NgramIndex index = new NgramIndex(min, max, tokens.stream().mapToInt(i -> i).toArray());
            for (int i = 0; i < 50; i++) {
                assertThat(draft(index, 7)).as("seed %d, step %d", seed, i).isEqualTo(search(tokens, min, max, 7));
                int token = random.nextInt(4);
                tokens.add(token);
                index.append(token);
            }
        }
    }

    private static int[] draft(NgramIndex index, int limit) {
        NgramIndex.Match match = index.match();
        return match.length() == 0 ? new int[0] : index.following(match, limit);
    }

    private static int[] search(List<Integer> tokens, int min, int max, int limit) {
        int size = tokens.size();
        for (int n = Math.min(max, size - 1); n >= min; n--) {
            List<Integer> end = tokens.subList(size - n, size);
            for (int follower = size - 1; follower >= n; follower--) {
                if (tokens.subList(follower - n, follower).equals(end)) {
                    int period = size - follower;
                    int from = follower;
                    return IntStream.range(0, limit).map(i -> tokens.get(from + i % period)).toArray();
                }
            }
        }
        return new int[0];
    }
}
