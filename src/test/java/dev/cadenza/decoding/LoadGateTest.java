package dev.cadenza.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.AutoRule.OfLoad;
import dev.cadenza.decoding.AutoRule.Range;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LoadGateTest {

    @Test
    void aConditionThatCameTrueHoldsUntilTheLoadHasGoneBackByTheMargin() {
        var gate = new LoadGate(new OfLoad(Range.atLeast(10), Range.ANY, Range.ANY, 0.2));
        int[] waiting = {9, 10, 9, 8, 7, 8, 9, 10};
        boolean[] holds = {false, true, true, true, false, false, false, true};
        for (int i = 0; i < waiting.length; i++) {
            assertThat(gate.holds(new Load(waiting[i], 0, 0))).as("reading %d", i).isEqualTo(holds[i]);
        }

        var most = new LoadGate(new OfLoad(Range.ANY, Range.ANY, Range.atMost(0.5), 0.5));
        double[] used = {0.51, 0.5, 0.75, 0.76, 0.6, 0.5};
        boolean[] fits = {false, true, true, false, false, true};
        for (int i = 0; i < used.length; i++) {
            assertThat(most.holds(new Load(0, 0, used[i]))).as("reading %d", i).isEqualTo(fits[i]);
        }
    }

    @Test
    void conditionsAreHeldApartAndAllMustHold() {
        var gate = new LoadGate(new OfLoad(Range.atLeast(10), new Range(2, 6), Range.ANY, 0.5));

        assertThat(gate.holds(new Load(10, 9, 0))).as("too many run").isFalse();
        assertThat(gate.holds(new Load(5, 6, 0))).as("the queue is long since the first reading").isTrue();
        assertThat(gate.holds(new Load(5, 9, 0))).as("within its margin").isTrue();
        assertThat(gate.holds(new Load(4, 6, 0))).as("the queue has gone").isFalse();
        assertThat(gate.holds(new Load(9, 6, 0))).as("and is not back").isFalse();
    }

    @Test
    void withoutConditionsItHoldsAlways() {
        assertThat(new LoadGate(OfLoad.ANY).holds(Load.NONE)).isTrue();
        assertThat(new LoadGate(OfLoad.ANY).holds(new Load(1_000, 1_000, 1))).isTrue();
    }

    @Test
    void aRandomLoadIsJudgedAsAPlainOracleDoes() {
        for (int life = 0; life < 500; life++) {
            long seed = 77_000 + life;
            var random = new Random(seed);
            int least = random.nextInt(30);
            int most = random.nextInt(30);
            double leastUsed = random.nextInt(100) / 100.0;
            double margin = random.nextInt(4) * 0.25;
            margin = margin == 0.75 ? 0.99 : margin;
            var gate = new LoadGate(new OfLoad(Range.atLeast(least), Range.atMost(most), Range.atLeast(leastUsed), margin));
            boolean queued = false;
            boolean narrow = false;
            boolean full = false;
            int waiting = random.nextInt(40);
            int running = random.nextInt(40);
            double used = random.nextDouble();

            for (int reading = 0; reading < 300; reading++) {
                waiting = Math.clamp(waiting + random.nextInt(7) - 3, 0, 40);
                running = Math.clamp(running + random.nextInt(7) - 3, 0, 40);
                used = Math.clamp(used + (random.nextInt(21) - 10) / 100.0, 0, 1);
                if (waiting >= least) {
                    queued = true;
                } else if (waiting < least - least * margin) {
                    queued = false;
                }
                if (running <= most) {
                    narrow = true;
                } else if (running > most + most * margin) {
                    narrow = false;
                }
                if (used >= leastUsed) {
                    full = true;
                } else if (used < leastUsed - leastUsed * margin) {
                    full = false;
                }
                assertThat(gate.holds(new Load(waiting, running, used)))
                        .as("seed %d, reading %d: %d waiting, %d running, %s used", seed, reading, waiting, running, used)
                        .isEqualTo(queued && narrow && full);
            }
        }
    }

    @Test
    void aLoadAboutAThresholdTurnsTheRuleOnceAtMost() {
        for (int life = 0; life < 200; life++) {
            long seed = 88_000 + life;
            var random = new Random(seed);
            double threshold = 0.2 + random.nextInt(60) / 100.0;
            boolean least = random.nextBoolean();
            var gate = new LoadGate(new OfLoad(Range.ANY, Range.ANY, least ? Range.atLeast(threshold) : Range.atMost(threshold), 0.2));
            int turns = 0;
            int crossings = 0;
            boolean before = false;
            boolean beyond = false;

            for (int reading = 0; reading < 300; reading++) {
                double used = threshold * (1 + (random.nextDouble() - 0.5) * 0.39);
                boolean holds = gate.holds(new Load(0, 0, used));
                turns += holds == before ? 0 : 1;
                crossings += used >= threshold == beyond ? 0 : 1;
                before = holds;
                beyond = used >= threshold;
            }

            assertThat(crossings).as("seed %d: the load crosses", seed).isGreaterThan(50);
            assertThat(turns).as("seed %d", seed).isEqualTo(1);
        }
    }
}
