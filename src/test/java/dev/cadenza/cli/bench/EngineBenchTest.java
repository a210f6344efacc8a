package dev.cadenza.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.ToyEngine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** On the toy engine, whose prefill blocks have 4 positions. */
class EngineBenchTest {
    private static final int CHUNK = 8;

    private final List<String> rows = new ArrayList<>();
    private final List<Figure> figures = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    @Test
    void aPromptIsComputedFromNothingInChunks() throws Exception {
        bench(256, 1_024).prefill(List.of(19));

        assertThat(rows).startsWith("PREFILL 8 at 0", "PREFILL 8 at 8", "PREFILL 3 at 16").containsOnly("PREFILL 8 at 0", "PREFILL 8 at 8", "PREFILL 3 at 16");
        assertThat(figures).extracting(Figure::work).containsOnly("prefill 19");
        assertThat(figures).extracting(Figure::name).containsExactly("speed", "time", "outside kernels", "arithmetic", "memory");
    }

    @Test
    void decodeStaysAtItsContext() throws Exception {
        bench(256, 1_024).decode(List.of(1, 3), List.of(10));

        assertThat(rows.stream().filter(row -> row.startsWith("DECODE")).distinct()).containsExactly("DECODE 1 at 9", "DECODE 1+1+1 at 9");
        assertThat(figures).extracting(Figure::work).contains("decode batch 1 context 10", "decode batch 3 context 10");
    }

    @Test
    void aChainIsVerifiedInOneStep() throws Exception {
        bench(256, 1_024).verify(List.of(2, 5));

        assertThat(rows.stream().filter(row -> row.startsWith("DECODE")).distinct()).containsExactly("DECODE 2 at 128", "DECODE 5 at 128");
        assertThat(figures).extracting(Figure::work).contains("verify 2 context 128", "verify 5 context 128");
    }

    @Test
    void whatDoesNotFitIsLeftOutAndSaid() throws Exception {
        // when
        EngineBench bench = bench(64, 100);
        bench.prefill(List.of(65));
        bench.decode(List.of(1, 4), List.of(40));

        // then
        assertThat(notes).satisfiesExactly(note -> assertThat(note).startsWith("prefill 65 left out").contains("64 positions"),
                note -> assertThat(note).startsWith("decode batch 4 context 40 left out").contains("budget"));
        assertThat(figures).extracting(Figure::work).containsOnly("decode batch 1 context 40");
    }

    private EngineBench bench(int context, int kvSlots) {
        var engine = new ToyEngine(ToyEngine.shape(50, context, kvSlots), 1, new ToyEngine.Faults() {
            @Override
            public void before(StepPlan plan) {
                Segment first = plan.segments().getFirst();
                String lengths = String.join("+", plan.segments().stream().map(segment -> String.valueOf(segment.rows())).toList());
                rows.add("%s %s at %d".formatted(first.role() == Role.PREFILL ? "PREFILL" : "DECODE", lengths, first.region().settled()));
            }
        });
        var runs = new QuietRuns(() -> 0, 2, 0, Duration.ZERO, _ -> { });
        return new EngineBench(engine, new StepCost(1_000, 400, 100, 64), new StepTimer(() -> 0, Duration.ZERO), runs, CHUNK, figures::add, notes::add);
    }
}
