package dev.cadenza.decoding.speculative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cadenza.decoding.speculative.SuffixSearch.Guess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SuffixTreeTest {
    private static final SuffixSearch SEARCH = new SuffixSearch(63, 0.1, 1);
    private static final IntToDoubleFunction COUNTS = _ -> 1;
    /** An object's header, 6 references, 5 numbers, to the next multiple of 8. */
    private static final int NODE_BYTES = 56;
    private static final int REFERENCE_BYTES = 4;

    /** A tree and its oracle under the same commands. */
    private record Pair(SuffixText text, SuffixOracle.Text naive) {
    }

    @Test
    void treeAgreesWithASearchOfAllTextsAfterEveryCommand() {
        for (int seed = 0; seed < 120; seed++) {
            Random random = new Random(seed);
            int depth = 2 + random.nextInt(9);
            int bound = 10 + random.nextInt(60);
            int steadiness = random.nextInt(4);
            SuffixTree tree = new SuffixTree(depth);
            SuffixOracle oracle = new SuffixOracle(depth);
            List<Pair> open = new ArrayList<>();
            for (int step = 0; step < 150; step++) {
                String command = "seed %d, step %d".formatted(seed, step);
                if (open.isEmpty() || random.nextInt(25) == 0) {
                    open.add(new Pair(tree.open(), new SuffixOracle.Text()));
                }
                Pair pair = open.get(random.nextInt(open.size()));
                if (random.nextInt(40) == 0) {
                    tree.complete(pair.text());
                    open.remove(pair);
                } else if (oracle.size() > bound || oracle.size() > 0 && random.nextInt(6) == 0) {
                    tree.forget();
                    oracle.forget();
                } else {
                    // Now random, now a refrain, so that long matches and loops come up.
                    int token = random.nextInt(4) < steadiness ? pair.text().size() % 3 : random.nextInt(3);
                    tree.append(pair.text(), token);
                    oracle.append(pair.naive(), token);
                }
                agree(tree, oracle, random.nextInt(3) == 0, command);
                for (Pair each : open) {
                    SuffixSearch search = new SuffixSearch(1 + random.nextInt(depth), random.nextInt(5) / 10.0, 0.5 + random.nextInt(4));
                    int most = 1 + random.nextInt(12);
                    double base = 0.6 + random.nextInt(9) / 10.0;
                    IntToDoubleFunction trust = match -> Math.pow(base, match);
                    same(search.best(tree, each.text(), most, trust), oracle.best(each.naive(), search, most, trust),
                            "%s, at most %d, trust %s^match, %s".formatted(command, most, base, search));
                }
            }
        }
    }

    @Test
    void deepTreeAgreesWithASearchOnLongTexts() {
        for (int seed = 0; seed < 6; seed++) {
            Random random = new Random(seed);
            SuffixTree tree = new SuffixTree(64);
            SuffixOracle oracle = new SuffixOracle(64);
            int period = 1 + random.nextInt(30);
            for (int answer = 0; answer < 3; answer++) {
                Pair pair = new Pair(tree.open(), new SuffixOracle.Text());
                for (int i = 0; i < 100; i++) {
                    int token = random.nextInt(40) == 0 ? random.nextInt(3) : i % period * 7 % 3;
                    tree.append(pair.text(), token);
                    oracle.append(pair.naive(), token);
                    if (i % 20 == 19) {
                        same(SEARCH.best(tree, pair.text(), 64, COUNTS), oracle.best(pair.naive(), SEARCH, 64, COUNTS),
                                "seed %d, answer %d, %d".formatted(seed, answer, i));
                    }
                }
                agree(tree, oracle, true, "seed %d, answer %d".formatted(seed, answer));
            }
        }
    }

    @Test
    void forgottenTreeIsAsGoodAsNew() {
        SuffixTree tree = new SuffixTree(8);
        SuffixText text = tree.open();
        new Random(1).ints(500, 0, 3).forEach(token -> tree.append(text, token));

        IntStream.range(0, 500).forEach(_ -> tree.forget());

        assertThat(tree.size()).isZero();
        assertThat(tree.edges().size()).isZero();
        assertThat(tree.root().isLeaf()).isTrue();
        assertThatThrownBy(tree::forget).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void refrainIsDraftedToTheFullBudget() {
        for (int depth : new int[] {8, 64}) {
            SuffixTree tree = new SuffixTree(depth);
            SuffixText text = tree.open();
            IntStream.range(0, 400).forEach(i -> tree.append(text, i % 10));

            Guess guess = new SuffixSearch(63, 0.1, 16).best(tree, text, 64, COUNTS);

            assertThat(guess.draft().tokens()).as("depth %d", depth).containsExactly(IntStream.range(0, 64).map(i -> i % 10).toArray());
            assertThat(guess.score()).isEqualTo(64);
        }
    }

    @Test
    void loopThatHasJustBegunIsDraftedThroughTheTextsEnd() {
        SuffixTree tree = new SuffixTree(64);
        SuffixText text = tree.open();
        IntStream.of(9, 1, 2, 3, 1, 2, 3).forEach(token -> tree.append(text, token));

        Guess guess = new SuffixSearch(63, 0.1, 4).best(tree, text, 12, COUNTS);

        assertThat(guess.draft().tokens()).containsExactly(1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3);
        assertThat(guess.score()).isEqualTo(12);
    }

    @Test
    void longerMatchMakesALongerDraftAndFactorScalesIt() {
        SuffixTree tree = new SuffixTree(64);
        SuffixText first = tree.open();
        IntStream.range(0, 40).forEach(token -> tree.append(first, token));
        tree.complete(first);
        SuffixText second = tree.open();

        for (int match = 1; match <= 10; match++) {
            tree.append(second, match);
            assertThat(SEARCH.best(tree, second, 64, COUNTS).draft().size()).isEqualTo(match);
            assertThat(new SuffixSearch(63, 0.1, 2.5).best(tree, second, 64, COUNTS).draft().size()).isEqualTo((int) (match * 2.5));
            assertThat(new SuffixSearch(3, 0.1, 1).best(tree, second, 64, COUNTS).draft().size()).isEqualTo(Math.min(match, 3));
            assertThat(SEARCH.best(tree, second, 4, COUNTS).draft().size()).isEqualTo(Math.min(match, 4));
        }
    }

    @Test
    void nothingIsDraftedBelowTheProbability() {
        for (int seed = 0; seed < 20; seed++) {
            SuffixTree tree = new SuffixTree(64);
            SuffixText text = tree.open();
            new Random(seed).ints(5000, 0, 16).forEach(token -> tree.append(text, token));

            Guess guess = new SuffixSearch(63, 0.3, 16).best(tree, text, 64, COUNTS);

            double probability = 1;
            for (double odds : guess.draft().odds()) {
                probability *= odds;
            }
            assertThat(probability).as("seed %d", seed).isGreaterThanOrEqualTo(0.3);
            // Each token is one in sixteen behind what has occurred often enough to tell.
            assertThat(new SuffixSearch(1, 0.2, 16).best(tree, text, 64, COUNTS)).as("seed %d", seed).isEqualTo(Guess.NONE);
        }
    }

    @Test
    void tokenOfTextTakesAtMostTheBytesThatAreClaimed() throws IOException {
        List<String> words = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                Pattern.compile("\\w+|[^\\w\\s]").matcher(Files.readString(file)).results().forEach(match -> words.add(match.group()));
            }
        }
        Map<String, Integer> ids = new HashMap<>();
        SuffixTree tree = new SuffixTree(64);
        SuffixText text = tree.open();

        words.forEach(word -> tree.append(text, ids.computeIfAbsent(word, _ -> ids.size())));

        assertThat(tree.size()).isGreaterThan(20_000);
        assertThat(bytes(tree) / tree.size()).isBetween(50.0, 120.0);
    }

    @Test
    void memoryIsBoundedUnderEndlessTraffic() {
        int most = 2000;
        Random random = new Random(7);
        SuffixHistory history = new SuffixHistory(most);
        SuffixText endless = history.tree().open();
        for (int answer = 0; answer < 300; answer++) {
            SuffixText text = history.tree().open();
            int length = answer == 150 ? 3 * most : random.nextInt(200);
            int alphabet = 2 + random.nextInt(1000);
            for (int i = 0; i < length; i++) {
                history.append(text, random.nextInt(alphabet));
                if (i % 50 == 0) {
                    history.append(endless, i % 7);
                }
            }
            history.tree().complete(text);

            assertThat(history.tree().size()).isLessThanOrEqualTo(most);
            assertThat(history.tree().edges().size()).isLessThanOrEqualTo(2 * most);
            assertThat(bytes(history.tree())).isLessThanOrEqualTo(150.0 * most);
        }
        assertThat(history.tree().size()).isEqualTo(most);
    }

    private static double bytes(SuffixTree tree) {
        return (double) NODE_BYTES * tree.edges().size() + REFERENCE_BYTES * tree.edges().capacity() + Integer.BYTES * 1.5 * tree.size();
    }

    private static void same(Guess guess, Guess expected, String when) {
        assertThat(guess.match()).as(when).isEqualTo(expected.match());
        assertThat(guess.draft().tokens()).as(when).isEqualTo(expected.draft().tokens());
        assertThat(guess.draft().odds()).as(when).isEqualTo(expected.draft().odds());
        assertThat(guess.score()).as(when).isCloseTo(expected.score(), within(1e-12));
    }

    /** @param whole whether to look for the best children too, which the tree then need not do itself */
    private static void agree(SuffixTree tree, SuffixOracle oracle, boolean whole, String when) {
        assertThat(tree.size()).as(when).isEqualTo(oracle.size());
        Map<List<Integer>, Integer> counts = new HashMap<>();
        int[] sums = new int[2];
        collect(tree, tree.root(), new ArrayList<>(), counts, sums, oracle, whole, when);
        assertThat(counts).as(when).isEqualTo(oracle.counts());
        assertThat(sums[0]).as("nodes, " + when).isEqualTo(tree.edges().size()).isLessThanOrEqualTo(2 * tree.size());
        assertThat(sums[1]).as("suffixes, " + when).isEqualTo(tree.size());
    }

    /** @param sums nodes, and suffixes that end at them */
    private static void collect(SuffixTree tree, SuffixNode node, List<Integer> path, Map<List<Integer>, Integer> counts, int[] sums,
            SuffixOracle oracle, boolean whole, String when) {
        int through = 0;
        int children = 0;
        for (SuffixNode child = node.firstChild(); child != null; child = child.nextSibling()) {
            assertThat(child.parent).as(when).isSameAs(node);
            assertThat(tree.child(node, child.firstToken())).as(when).isSameAs(child);
            assertThat(child.text.isForgotten()).as(when).isFalse();
            List<Integer> longer = new ArrayList<>(path);
            for (int i = 0; i < child.length; i++) {
                longer.add(child.text.token(child.from + i));
                counts.put(List.copyOf(longer), child.count);
            }
            collect(tree, child, longer, counts, sums, oracle, whole, when);
            through += child.count;
            children++;
        }
        if (node != tree.root()) {
            int ending = node.count - through;
            assertThat(ending).as(when).isNotNegative().isEqualTo(node.ending);
            assertThat(ending > 0 || children > 1).as("node could be merged, " + when).isTrue();
            sums[0]++;
            sums[1] += ending;
        }
        if (whole) {
            Integer best = oracle.follower(path.stream().mapToInt(i -> i).toArray());
            assertThat(node.best() == null ? null : (Integer) node.best().firstToken()).as("behind %s, %s", path, when).isEqualTo(best);
        }
    }
}
