package dev.cadenza.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cadenza.cli.bench.SkipLawBench.Round;
import dev.cadenza.engine.Input;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.ToyEngine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SkipLawBenchTest {
    private final List<String> steps = new ArrayList<>();

    @Test
    void aStepIsForetoldFromTheFullDepthAlone() {
        // given: 2 ms that no layer takes, and 30 layers in 6 ms
        var round = new Round(8, 2, 30, Map.of(20, 6.3, 10, 3.6));

        // then
        assertThat(round.perLayer()).isCloseTo(0.2, within(1e-12));
        assertThat(round.predicted(30)).isCloseTo(8, within(1e-12));
        assertThat(round.predicted(20)).isCloseTo(6, within(1e-12));
        assertThat(round.ratio(20)).isCloseTo(1.05, within(1e-12));
        assertThat(round.ratio(10)).isCloseTo(0.9, within(1e-12));
    }

    @Test
    void theFullDepthIsCutBehindItsLastLayerAndOthersRunTheLayersOfSkipDecode() throws Exception {
        // given: four layers, so that 3 and 2 are left to measure
        var engine = new ToyEngine(ToyEngine.shape(50, 256, 4_096), 1, new ToyEngine.Faults() {
            @Override
            public void before(StepPlan plan) {
                Segment first = plan.segments().getFirst();
                if (first.role() == Role.DECODE) {
                    steps.add("%d %s %s".formatted(plan.segments().size(), first.input() instanceof Input.Hidden ? "cut" : "whole", first.layers()));
                }
            }
        });
        var bench = new SkipLawBench(engine, new StepTimer(() -> 0, Duration.ZERO), ToyBench.quiet(2), _ -> { });

        // when
        List<SkipLawFigure> figures = bench.run(List.of(1, 3));

        // then
        assertThat(bench.depths()).containsExactly(3, 2);
        String all = LayerSet.ALL.toString();
        assertThat(steps).filteredOn(step -> step.startsWith("3")).endsWith("3 whole " + all, "3 whole " + all, "3 cut " + LayerSet.range(4, 4),
                "3 whole " + LayerSet.ends(1, 2, 4), "3 whole " + LayerSet.ends(1, 1, 4));
        assertThat(figures).extracting(figure -> figure.batch() + " " + figure.depth()).containsExactly("1 3", "1 2", "3 3", "3 2");
        assertThat(figures).allSatisfy(figure -> {
            assertThat(figure.ratio().count()).isEqualTo(2);
            assertThat(figure.measured().min()).isPositive();
        });
        assertThat(engine.keptStates()).isZero();
        assertThat(engine.kvBytesUsed()).isZero();
    }
}
