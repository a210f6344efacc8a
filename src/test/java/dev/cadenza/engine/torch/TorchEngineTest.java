package dev.cadenza.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.engine.Engine;
import dev.cadenza.engine.EngineContract;
import dev.cadenza.engine.HiddenStatesContract;
import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.LawContract;
import dev.cadenza.engine.LayerSetContract;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The contract on the real model, in every precision. */
class TorchEngineTest {
    /** All contracts on one engine. */
    abstract static class Contracts {
        abstract Engine loaded();

        @Nested
        class Sequences extends EngineContract {
            @Override
            protected Engine engine() {
                return loaded();
            }
        }

        @Nested
        class Laws extends LawContract {
            @Override
            protected Engine engine() {
                return loaded();
            }
        }

        @Nested
        class LayerSets extends LayerSetContract {
            @Override
            protected Engine engine() {
                return loaded();
            }
        }

        @Nested
        class Hidden extends HiddenStatesContract {
            @Override
            protected Engine engine() {
                return loaded();
            }
        }
    }

    @Nested
    class Fast extends Contracts {
        @Override
        Engine loaded() {
            return RealEngines.fast();
        }
    }

    @Nested
    class Program extends Contracts {
        @Override
        Engine loaded() {
            return RealEngines.program();
        }
    }

    @Nested
    class Float32 extends Contracts {
        @Override
        Engine loaded() {
            return RealEngines.float32();
        }
    }

    @Test
    void aFailingStepChangesNoRegion() throws Exception {
        var engine = RealEngines.fast();
        try (Region good = engine.open(64); Region bad = engine.open(64)) {
            int outsideTheVocabulary = engine.shape().vocabulary() + 5;
            var plan = new StepPlan(List.of(Segment.chain(good, Role.DECODE, new int[] {5}, List.of()),
                    Segment.chain(bad, Role.DECODE, new int[] {outsideTheVocabulary}, List.of())));

            assertThatThrownBy(() -> engine.step(plan)).isInstanceOf(StepFailed.class);

            assertThat(good.open()).isZero();
            assertThat(bad.open()).isZero();
            engine.step(new StepPlan(List.of(Segment.chain(good, Role.DECODE, new int[] {5}, List.of()))));
            assertThat(good.open()).isEqualTo(1);
        }
    }

    @Test
    void promptsInTheMiddleOfABlockAreRefused() throws Exception {
        var engine = RealEngines.fast();
        try (Region region = engine.open(300)) {
            engine.step(new StepPlan(List.of(Segment.chain(region, Role.PREFILL, new int[] {1, 2, 3}, List.of()))));
            region.keep(0, 1, 2);

            assertThatThrownBy(() -> engine.step(new StepPlan(List.of(Segment.chain(region, Role.PREFILL, new int[] {4}, List.of())))))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("multiple of 64");
            assertThat(region.open()).isZero();
        }
    }

    @Test
    void kvBytesAreExactAndReturnWhenRegionsCloseOrGrow() throws Exception {
        var engine = RealEngines.fast();
        long before = engine.kvBytesUsed();

        Region region = engine.open(100);
        assertThat(engine.kvBytesUsed() - before).isEqualTo(128 * engine.shape().bytesPerSlot());
        assertThat(region.grow(129)).isTrue();
        assertThat(engine.kvBytesUsed() - before).isEqualTo(256 * engine.shape().bytesPerSlot());
        region.close();
        region.close();

        assertThat(engine.kvBytesUsed()).isEqualTo(before);
    }

    @Test
    void aRegionBeyondTheBudgetIsRefusedAndNothingIsReserved() throws Exception {
        try (TorchEngine small = RealEngines.load(EngineSettings.Precision.FLOAT32, 512 * 46_080L); Region first = small.open(256)) {
            long used = small.kvBytesUsed();

            assertThatThrownBy(() -> small.open(512)).isInstanceOf(KvExhausted.class);

            assertThat(small.kvBytesUsed()).isEqualTo(used);
            assertThat(small.couldOpen(512)).isTrue();
            assertThat(small.couldOpen(513)).isFalse();
            assertThat(first.grow(257)).isFalse();
            assertThat(first.capacity()).isEqualTo(256);
        }
    }
}
