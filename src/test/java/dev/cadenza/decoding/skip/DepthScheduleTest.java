package dev.cadenza.decoding.skip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.engine.LayerSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DepthScheduleTest {

    @Test
    void depthFallsInAStraightLineAndThenStays() {
        DepthSchedule schedule = new DepthSchedule(30, 28, 20, 1, 80);

        assertThat(schedule.depth(0)).isEqualTo(28);
        assertThat(schedule.depth(40)).isEqualTo(24);
        assertThat(schedule.depth(80)).isEqualTo(20);
        assertThat(schedule.depth(100_000)).isEqualTo(20);
        assertThat(schedule.set(80)).isEqualTo(LayerSet.ends(1, 19, 30));
    }

    @Test
    void everyRowsLayersAreAmongThoseOfTheRowBefore() {
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            int layers = 2 + random.nextInt(40);
            int fewest = 1 + random.nextInt(layers);
            int most = fewest + random.nextInt(layers - fewest + 1);
            DepthSchedule schedule = new DepthSchedule(layers, most, fewest, random.nextInt(fewest), 1 + random.nextInt(200));
            long run = layers;
            for (int index = 0; index < 250; index++) {
                assertThat(schedule.depth(index)).as("seed %d", seed).isBetween(fewest, most);
                assertThat(schedule.set(index).count(layers)).as("seed %d", seed).isEqualTo(schedule.depth(index));
                for (int layer = 0; layer < layers; layer++) {
                    assertThat(!schedule.set(index + 1).contains(layer) || schedule.set(index).contains(layer)).as("seed %d", seed).isTrue();
                }
                assertThat(schedule.run(index + 1)).as("seed %d", seed).isEqualTo(run);
                run += schedule.depth(index);
            }
        }
    }

    @Test
    void fullDepthIsEveryLayer() {
        DepthSchedule schedule = new DepthSchedule(30, 30, 30, 1, 10);

        assertThat(schedule.set(0)).isEqualTo(LayerSet.ALL);
        assertThat(schedule.set(50)).isEqualTo(LayerSet.ALL);
        assertThat(schedule.run(7)).isEqualTo(7 * 30);
    }

    @Test
    void impossibleSchedulesAreRefused() {
        assertThatThrownBy(() -> new DepthSchedule(30, 31, 20, 1, 10)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new DepthSchedule(30, 20, 21, 1, 10)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new DepthSchedule(30, 20, 10, 10, 10)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new DepthSchedule(30, 20, 10, 1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
