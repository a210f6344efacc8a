package dev.cadenza.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ToyEngineTest extends EngineContract {
    private final ToyEngine engine = new ToyEngine(ToyEngine.shape(11, 256, 4000), 1, ToyEngine.Faults.NONE);

    @Override
    protected Engine engine() {
        return engine;
    }

    @Override
    protected boolean exactTrees() {
        return true;
    }

    @Override
    protected int rounds() {
        return 200;
    }

    @Nested
    class Laws extends LawContract {
        @Override
        protected Engine engine() {
            return engine;
        }
    }

    @Nested
    class LayerSets extends LayerSetContract {
        @Override
        protected Engine engine() {
            return engine;
        }

        @Override
        protected boolean exactTrees() {
            return true;
        }
    }

    @Nested
    class Hidden extends HiddenStatesContract {
        @Override
        protected Engine engine() {
            return engine;
        }

        @Override
        protected boolean exactTrees() {
            return true;
        }

        @Override
        protected int rounds() {
            return 200;
        }
    }

    @AfterEach
    void nothingStaysOpen() {
        assertThat(engine.kvBytesUsed()).isZero();
        assertThat(engine.keptStates()).isZero();
    }

    @Test
    void samplesFollowTheLawOfItsPublishedLogits() throws Exception {
        int[] prompt = {1, 2, 3, 4};
        float[] logits = engine.logits(prompt, new Role[] {Role.PREFILL, Role.PREFILL, Role.PREFILL, Role.PREFILL});
        int[] counts = new int[11];
        try (Region region = engine.open(4)) {
            List<Want> wants = IntStream.range(0, 20_000).<Want>mapToObj(seed -> new Want.Sample(3, WARM, new Draw(seed, 0, 4, 0), -1)).toList();

            engine.step(new StepPlan(List.of(Segment.chain(region, Role.PREFILL, prompt, wants)))).segments().getFirst().samples()
                    .forEach(sampled -> counts[sampled.token()]++);
        }

        assertThat(ChiSquare.deviate(counts, ReferenceLaw.probabilities(logits, WARM))).as("odds 1e-6").isLessThan(4.75);
    }

    @Test
    void roleIsPartOfWhatARegionStores() {
        Role[] prefill = {Role.PREFILL, Role.PREFILL};
        Role[] mixed = {Role.PREFILL, Role.DECODE};

        assertThat(Arrays.equals(engine.logits(new int[] {1, 2}, prefill), engine.logits(new int[] {1, 2}, mixed))).isFalse();
    }

    @Test
    void deadHiddenStatesAreNoticed() throws Exception {
        List<Consumer<HiddenStates>> deaths = List.of(HiddenStates::close, states -> states.region().keep(), states -> states.region().keep(0),
                states -> states.region().close());
        for (Consumer<HiddenStates> death : deaths) {
            try (Region region = engine.open(8); HiddenStates states = exitAt(2, region)) {
                death.accept(states);

                Segment segment = Segment.resume(states, LayerSet.range(2, 4), List.of());
                assertThatThrownBy(() -> engine.step(new StepPlan(List.of(segment)))).isInstanceOf(AssertionError.class);
            }
        }
    }

    @Test
    void nodesThatGoOnTwiceAreNoticed() throws Exception {
        try (Region region = engine.open(8); HiddenStates states = exitAt(2, region)) {
            Segment segment = Segment.resume(states, LayerSet.range(2, 4), List.of());
            Segment below = Segment.tree(region, Role.DECODE, new int[] {1}, new int[] {-1}, List.of(new Want.KeepHidden(0, 2)));
            try (HiddenStates whole = engine.step(new StepPlan(List.of(below))).segments().getFirst().hidden()) {
                Segment again = Segment.resume(whole, LayerSet.range(2, 4), List.of());
                assertThatThrownBy(() -> engine.step(new StepPlan(List.of(again)))).hasMessageContaining("has run layer 3, runs layers {2, 3}");
            }
            Segment twin = Segment.resume(List.of(states, states), LayerSet.range(2, 4), List.of());
            assertThatThrownBy(() -> engine.step(new StepPlan(List.of(twin)))).hasMessageContaining("goes on twice");
            engine.step(new StepPlan(List.of(segment)));

            assertThatThrownBy(() -> engine.step(new StepPlan(List.of(segment)))).hasMessageContaining("has left behind");
        }
    }

    private HiddenStates exitAt(int layer, Region region) throws Exception {
        return engine.step(new StepPlan(List.of(Segment.chain(region, Role.DECODE, new int[] {1}, LayerSet.range(0, layer),
                List.of(new Want.KeepHidden(0, layer)))))).segments().getFirst().hidden();
    }

    @Test
    void misuseIsNoticed() throws Exception {
        try (Region region = engine.open(8)) {
            engine.step(new StepPlan(List.of(Segment.chain(region, Role.PREFILL, new int[] {1, 2, 3}, List.of()))));
            region.keep(0, 1, 2);
            Segment unaligned = Segment.chain(region, Role.PREFILL, new int[] {4}, List.of());

            assertThatThrownBy(() -> engine.step(new StepPlan(List.of(unaligned)))).hasMessageContaining("prefill starts at 3");
            assertThatThrownBy(() -> region.keep(0)).hasMessageContaining("keep(0) of 0");
            region.close();
            assertThatThrownBy(() -> region.grow(9)).hasMessageContaining("closed region");
        }
        Thread stranger = Thread.ofPlatform().unstarted(() -> assertThatThrownBy(() -> engine.open(1)).hasMessageContaining("used by thread"));
        Throwable[] escaped = new Throwable[1];
        stranger.setUncaughtExceptionHandler((_, e) -> escaped[0] = e);
        stranger.start();
        stranger.join();
        assertThat(escaped[0]).isNull();
    }
}
