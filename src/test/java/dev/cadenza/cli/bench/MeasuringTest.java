package dev.cadenza.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/** How single values become a figure, and which values count. */
class MeasuringTest {
    private static final double QUIET = 0.02;
    private static final double BUSY = 0.03;

    private final List<Duration> pauses = new ArrayList<>();

    @Test
    void medianLiesInTheMiddleOrBetweenTheTwoMiddleValues() {
        assertThat(Summary.of(3, 1, 2)).isEqualTo(new Summary(2, 1, 3, 3));
        assertThat(Summary.of(4, 1, 2, 9)).isEqualTo(new Summary(3, 1, 9, 4));
        assertThat(Summary.of(7)).isEqualTo(new Summary(7, 7, 7, 1));
    }

    @Test
    void quantilesInterpolateAndLeaveTheArrayAlone() {
        double[] values = {40, 10, 30, 20, 50};

        assertThat(Summary.quantile(values, 0.95)).isCloseTo(48, within(1e-9));
        assertThat(Summary.quantile(values, 0)).isEqualTo(10);
        assertThat(Summary.quantile(values, 1)).isEqualTo(50);
        assertThat(values).containsExactly(40, 10, 30, 20, 50);
    }

    @Test
    void nothingAndNoNumberAreRefused() {
        assertThatThrownBy(Summary::of).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Summary.of(1, Double.NaN)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("NaN");
    }

    @Test
    void onlyGapsAboveHalfAMillisecondAreLost() {
        // given
        var gaps = new SpinGaps(1_000);

        // when
        for (long now : new long[] {1_100, 501_100, 1_001_101, 1_001_200, 11_001_200}) {
            gaps.tick(now);
        }

        // then
        assertThat(gaps.lost()).isEqualTo(500_001 + 10_000_000);
        assertThat(gaps.elapsed()).isEqualTo(11_000_200);
    }

    @Test
    void aProbeTellsAShareOfItsTime() {
        assertThat(new SpinProbe(2, Duration.ofMillis(5)).getAsDouble()).isBetween(0.0, 1.0);
    }

    @Test
    void onAQuietMachineEveryMeasurementCounts() throws Exception {
        // given
        var made = new AtomicInteger();

        // when
        Runs<Integer> runs = runs(3, 5, DoubleStream.generate(() -> QUIET)).measure(made::incrementAndGet);

        // then
        assertThat(runs).isEqualTo(new Runs<>(List.of(1, 2, 3), 0, true));
        assertThat(pauses).isEmpty();
    }

    @Test
    void whatWasDisturbedIsThrownAwayAndRepeatedAfterGrowingPauses() throws Exception {
        // given
        var made = new AtomicInteger();
        var lost = DoubleStream.of(BUSY, QUIET, BUSY, QUIET, QUIET, QUIET, QUIET);

        // when
        Runs<Integer> runs = runs(2, 5, lost).measure(made::incrementAndGet);

        // then
        assertThat(runs).as("busy before: not measured; busy after: 1 is thrown away").isEqualTo(new Runs<>(List.of(2, 3), 2, true));
        assertThat(pauses).containsExactly(Duration.ofMillis(100), Duration.ofMillis(200));
    }

    @Test
    void aMachineThatNeverGetsQuietIsMeasuredAllTheSameAndMarked() throws Exception {
        // given
        var made = new AtomicInteger();

        // when
        Runs<Integer> runs = runs(4, 3, DoubleStream.generate(() -> BUSY)).measure(made::incrementAndGet);

        // then
        assertThat(runs).as("the tries are spent once").isEqualTo(new Runs<>(List.of(1, 2, 3, 4), 3, false));
    }

    @Test
    void aMeasurementTakesAsManyCallsAsItsTimeNeeds() {
        var timer = new StepTimer(() -> 0, Duration.ofMillis(250));

        assertThat(timer.calls(Duration.ofMillis(100))).isEqualTo(3);
        assertThat(timer.calls(Duration.ofSeconds(9))).isEqualTo(1);
        assertThat(timer.calls(Duration.ZERO)).isEqualTo(1_000);
    }

    @Test
    void workIsWarmedUpForSixMeasurements() throws Exception {
        var calls = new AtomicInteger();
        long start = System.nanoTime();

        new StepTimer(() -> 0, Duration.ofMillis(5)).calls(calls::incrementAndGet);
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000);
        assertThat(calls).hasValueGreaterThan(3);
    }

    @Test
    void timeOutsideTheNativeCallIsAShareOfTheWhole() throws Exception {
        // given
        var nowhere = new StepTimer(() -> 0, Duration.ZERO);
        var start = System.nanoTime();
        var everywhere = new StepTimer(() -> System.nanoTime() - start, Duration.ZERO);
        var calls = new AtomicInteger();

        // when
        StepTimer.Time outside = nowhere.time(calls::incrementAndGet, 10);
        StepTimer.Time inside = everywhere.time(MeasuringTest::spin, 1);

        // then
        assertThat(calls).hasValue(10);
        assertThat(outside.outside()).isEqualTo(1);
        assertThat(outside.ms()).isPositive();
        assertThat(inside.outside()).isCloseTo(0, within(0.05));
        assertThat(inside.ms()).isGreaterThan(5);
    }

    @Test
    void aMedianCallIsNotMovedByOneSlowOne() throws Exception {
        // given
        var calls = new AtomicInteger();

        // when
        double ms = new StepTimer(() -> 0, Duration.ZERO).medianMs(() -> {
            if (calls.incrementAndGet() == 2) {
                spin();
            }
        }, 5);

        // then
        assertThat(calls).hasValue(5);
        assertThat(ms).isLessThan(5);
    }

    private static void spin() {
        long end = System.nanoTime() + 10_000_000;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    private QuietRuns runs(int repetitions, int retries, DoubleStream lost) {
        PrimitiveIterator.OfDouble next = lost.iterator();
        return new QuietRuns(next::nextDouble, repetitions, retries, Duration.ofMillis(100), pauses::add);
    }
}
