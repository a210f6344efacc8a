package dev.cadenza.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.engine.Engine;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.LogitEdits;
import dev.cadenza.engine.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** In the fast precisions a sequence's tokens and log-probabilities have the same bits whatever shares its steps. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ReproducibleRows {
    private static final int[] PROMPT_LENGTHS = {37, 150, 60, 300, 129, 512, 80, 700, 33, 45, 256, 128, 61, 90, 400, 20};
    private static final int ANSWER = 40;
    private static final Law LAW = new Law(0.8f, 0, 0.95f, 0, LogitEdits.NONE);
    private static final List<int[]> PROMPTS = prompts();

    private final Engine engine;
    private final List<List<Integer>> tokens = new ArrayList<>();
    private final List<List<Integer>> logprobs = new ArrayList<>();

    ReproducibleRows(Engine engine) {
        this.engine = engine;
    }

    private static List<int[]> prompts() {
        var random = new Random(5);
        var prompts = new ArrayList<int[]>();
        for (int length : PROMPT_LENGTHS) {
            prompts.add(random.ints(length, 20, 40_000).toArray());
        }
        return prompts;
    }

    private Generation generation(int i) throws Exception {
        return new Generation(engine, PROMPTS.get(i), LAW, 1000 + i, ANSWER);
    }

    @BeforeAll
    void everySequenceAlone() throws Exception {
        assertThat(engine.shape().rowInvariant()).as("self-test of the kernels; is MKL_CBWR set as the launcher does?").isTrue();
        for (int i = 0; i < PROMPTS.size(); i++) {
            try (Generation alone = generation(i)) {
                Generation.run(engine, List.of(alone), step -> 128);
                tokens.add(alone.tokens());
                logprobs.add(alone.logprobBits());
            }
        }
    }

    private void assertSameAsAlone(List<Generation> generations) {
        for (int i = 0; i < generations.size(); i++) {
            assertThat(generations.get(i).tokens()).as("tokens of sequence %d", i).isEqualTo(tokens.get(i));
            assertThat(generations.get(i).logprobBits()).as("log-probabilities of sequence %d", i).isEqualTo(logprobs.get(i));
            generations.get(i).close();
        }
    }

    @Test
    void inBatchesOfEightAndSixteenOfMixedLengthsWithAnyChunkSize() throws Exception {
        for (int batch : new int[] {8, 16}) {
            var random = new Random(batch);
            for (int first = 0; first + batch <= PROMPTS.size(); first += batch) {
                var all = new ArrayList<Generation>();
                for (int i = 0; i < batch; i++) {
                    all.add(generation(first + i));
                }

                Generation.run(engine, all, step -> 128 * (1 + random.nextInt(4)));

                for (int i = 0; i < batch; i++) {
                    assertThat(all.get(i).tokens()).as("batch %d, sequence %d", batch, first + i).isEqualTo(tokens.get(first + i));
                    assertThat(all.get(i).logprobBits()).as("batch %d, sequence %d", batch, first + i).isEqualTo(logprobs.get(first + i));
                    all.get(i).close();
                }
            }
        }
    }

    @Test
    void whenSequencesJoinAndLeaveInTheMiddle() throws Exception {
        var all = new ArrayList<Generation>();
        for (int step = 0; all.size() < PROMPTS.size() || all.stream().anyMatch(g -> !g.done()); step++) {
            if (step % 3 == 0 && all.size() < PROMPTS.size()) {
                all.add(generation(all.size()));
            }
            List<Generation> running = all.stream().filter(g -> !g.done()).toList();
            Generation.step(engine, running, running.stream().map(g -> g.next(256)).toList());
        }
        assertSameAsAlone(all);
    }

    @Test
    void whenChainsAreVerifiedInsteadOfTokensDecoded() throws Exception {
        var all = new ArrayList<Generation>();
        for (int i = 0; i < PROMPTS.size(); i++) {
            all.add(generation(i));
        }
        for (int step = 0; all.stream().anyMatch(g -> !g.done()); step++) {
            var running = new ArrayList<Generation>();
            var segments = new ArrayList<Segment>();
            for (int i = 0; i < all.size(); i++) {
                if (!all.get(i).done()) {
                    running.add(all.get(i));
                    segments.add(all.get(i).next(256, 1 + (step * 7 + i * 3) % 9, tokens.get(i).stream().mapToInt(t -> t).toArray()));
                }
            }
            Generation.step(engine, running, segments);
        }
        assertSameAsAlone(all);
    }
}
