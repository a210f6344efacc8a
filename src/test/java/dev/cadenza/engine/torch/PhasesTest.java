package dev.cadenza.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.kv.SlotAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PhasesTest {
    private static final int LAYERS = 12;
    private static final int NUMBERS = 7;

    @Test
    void eachLayerRunsOneSliceWithTheRowsThatNeedItAndNoOther() {
        for (int seed = 0; seed < 2_000; seed++) {
            var random = new Random(seed);
            List<DecodeRow> rows = new ArrayList<>();
            for (int i = 1 + random.nextInt(8); i > 0; i--) {
                var region = new TorchRegion(null, new SlotAllocator.Block(512 * rows.size(), 512));
                rows.add(new DecodeRow(region, 0, 1, layers(random), true));
            }
            var phases = new Phases(rows, LAYERS, new TreeSet<>(), RowCounts.any(rows.size()), new AttentionGroups(true));

            long[] numbers = phases.arguments();
            int layer = 0;
            for (int at = 0; at < numbers.length; at += NUMBERS) {
                assertThat(numbers[at]).as("seed %d: phases follow each other", seed).isEqualTo(layer);
                for (; layer < numbers[at + 1]; layer++) {
                    int needing = layer;
                    assertThat(members(phases, numbers, at, rows.size())).as("seed %d, layer %d", seed, layer)
                            .isEqualTo(IntStream.range(0, rows.size()).filter(row -> rows.get(row).layers().contains(needing)).boxed().toList());
                }
            }
            assertThat(layer).isEqualTo(LAYERS);
        }
    }

    private static List<Integer> members(Phases phases, long[] numbers, int at, int rows) {
        int count = (int) numbers[at + 2];
        int offset = (int) numbers[at + 4];
        return offset < 0 ? IntStream.range(0, rows).boxed().toList() : phases.chosenRows().subList(offset, offset + count);
    }

    private static LayerSet layers(Random random) {
        int bottom = random.nextInt(LAYERS);
        return random.nextInt(3) == 0 ? LayerSet.ALL : LayerSet.ends(bottom, random.nextInt(LAYERS + 1 - bottom), LAYERS);
    }
}
