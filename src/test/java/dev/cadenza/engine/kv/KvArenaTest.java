package dev.cadenza.engine.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cadenza.engine.kv.SlotAllocator.Block;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KvArenaTest {
    private static final int LAYERS = 3;
    private static final int PLANES = 4;
    private static final int HEAD_DIM = 5;
    private static final Block FIRST = new Block(0, 8);
    private static final Block SECOND = new Block(16, 16);

    private final KvArena arena = new KvArena(LAYERS, PLANES, HEAD_DIM, 32);

    @AfterEach
    void close() {
        arena.close();
    }

    /** Tells layer, plane and slot apart. */
    private static float value(int layer, int plane, int slot, int i) {
        return 1 + ((layer * PLANES + plane) * 32 + slot) * HEAD_DIM + i;
    }

    private void fill(Block block) {
        for (int layer = 0; layer < LAYERS; layer++) {
            for (int plane = 0; plane < PLANES; plane++) {
                for (int slot = 0; slot < block.capacity(); slot++) {
                    for (int i = 0; i < HEAD_DIM; i++) {
                        arena.layers()[layer].setAtIndex(ValueLayout.JAVA_FLOAT, at(block, plane, slot) + i, value(layer, plane, slot, i));
                    }
                }
            }
        }
    }

    private static long at(Block block, int plane, int slot) {
        return ((long) block.base() * PLANES + plane * block.capacity() + slot) * HEAD_DIM;
    }

    /** @param slots which slot's values are expected, -1: zeros */
    private void assertHas(Block block, int... slots) {
        assertHas("", block, slots);
    }

    private void assertHas(String what, Block block, int... slots) {
        for (int layer = 0; layer < LAYERS; layer++) {
            for (int plane = 0; plane < PLANES; plane++) {
                for (int slot = 0; slot < slots.length; slot++) {
                    for (int i = 0; i < HEAD_DIM; i++) {
                        assertThat(arena.layers()[layer].getAtIndex(ValueLayout.JAVA_FLOAT, at(block, plane, slot) + i))
                                .as("%slayer %d, plane %d, slot %d", what, layer, plane, slot).isEqualTo(slots[slot] < 0 ? 0 : value(layer, plane, slots[slot], i));
                    }
                }
            }
        }
    }

    @Test
    void freshMemoryIsZeroAndAligned() {
        for (MemorySegment layer : arena.layers()) {
            assertThat(layer.byteSize()).isGreaterThanOrEqualTo(32L * PLANES * HEAD_DIM * Float.BYTES);
            assertThat(layer.address() % 64).isZero();
            assertThat(layer.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
        }
    }

    @Test
    void firstSlotsOfABlockAreCopiedToALargerOne() {
        fill(FIRST);

        arena.copy(FIRST, SECOND, 3);

        assertHas(SECOND, 0, 1, 2, -1, -1);
        assertHas(FIRST, 0, 1, 2, 3, 4, 5, 6, 7);
    }

    @Test
    void slotsMoveAsIfAllAtOnce() {
        fill(FIRST);

        arena.compact(FIRST, new long[] {3, 5, 2}, new long[] {2, 3, 4});

        assertHas(FIRST, 0, 1, 3, 5, 2, 5, 6, 7);
    }

    @Test
    void clearedSlotsAreZeroAndOthersAreNot() {
        fill(FIRST);
        fill(SECOND);

        arena.clear(FIRST.base(), FIRST.capacity());

        assertHas(FIRST, -1, -1, -1, -1, -1, -1, -1, -1);
        assertHas(SECOND, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    }

    @Test
    void memoryIsTheSystemsUntilItIsWrittenTo() throws IOException {
        long before = resident();
        try (var large = new KvArena(8, 8, 1024, 4_000)) {
            assertThat(large.layers()).hasSize(8);
            assertThat(resident() - before).as("resident kilobytes of a gigabyte").isLessThan(200_000);
        }
    }

    private static long resident() throws IOException {
        Path status = Path.of("/proc/self/status");
        assumeTrue(Files.exists(status), "Linux tells");
        return Files.readAllLines(status).stream().filter(line -> line.startsWith("VmRSS")).mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst().orElseThrow();
    }

    @Test
    void propertyOfManyMovesIsThatOfPlainArrays() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        int[] slots = {0, 1, 2, 3, 4, 5, 6, 7};
        fill(FIRST);
        for (int round = 0; round < 100; round++) {
            int count = 1 + random.nextInt(4);
            long[] sources = random.ints(count, 0, 8).asLongStream().toArray();
            long[] targets = random.ints(0, 8).distinct().limit(count).asLongStream().toArray();
            int[] before = slots.clone();
            for (int i = 0; i < count; i++) {
                slots[(int) targets[i]] = before[(int) sources[i]];
            }

            arena.compact(FIRST, sources, targets);
        }
        assertHas("seed " + seed + ", ", FIRST, slots);
    }
}
