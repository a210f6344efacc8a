package dev.cadenza.engine.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.engine.kv.SlotAllocator.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SlotAllocatorTest {

    @Test
    void regionsOfOneClassLieEvenlySpacedFromTheBottom() {
        var allocator = new SlotAllocator(2048);

        assertThat(allocator.allot(200)).contains(new Block(0, 256));
        assertThat(allocator.allot(256)).contains(new Block(256, 256));
        assertThat(allocator.allot(129)).contains(new Block(512, 256));
    }

    @Test
    void aFreedBlockIsTheNextOneOfItsClass() {
        var allocator = new SlotAllocator(1024);
        Block first = allocator.allot(128).orElseThrow();
        allocator.allot(128).orElseThrow();

        allocator.free(first);

        assertThat(allocator.allot(100)).contains(first);
    }

    @Test
    void aWishThatDoesNotFitNowChangesNothing() {
        var allocator = new SlotAllocator(512);
        allocator.allot(300).orElseThrow();

        assertThat(allocator.allot(128)).isEmpty();
        assertThat(allocator.usedSlots()).isEqualTo(512);
    }

    @Test
    void saysWhatCouldNeverFit() {
        var allocator = new SlotAllocator(1000);

        assertThat(allocator.slots()).isEqualTo(896);
        assertThat(allocator.couldAllot(512)).isTrue();
        assertThat(allocator.couldAllot(513)).isFalse();
        assertThat(allocator.largestCapacity()).isEqualTo(512);
    }

    @Test
    void freeingTwiceIsAnError() {
        var allocator = new SlotAllocator(512);
        Block block = allocator.allot(10).orElseThrow();
        allocator.free(block);

        assertThatThrownBy(() -> allocator.free(block)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void blocksNeverOverlapWhateverTheOrder() {
        for (long seed = 0; seed < 200; seed++) {
            var random = new Random(seed);
            var allocator = new SlotAllocator(128 * random.nextInt(1, 40));
            List<Block> held = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                if (random.nextInt(3) == 0 && !held.isEmpty()) {
                    allocator.free(held.remove(random.nextInt(held.size())));
                } else {
                    Optional<Block> block = allocator.allot(1 + random.nextInt(1500));
                    block.ifPresent(held::add);
                }
                assertThat(allocator.usedSlots()).as("seed %d", seed).isEqualTo(held.stream().mapToInt(Block::capacity).sum());
                for (Block a : held) {
                    assertThat(a.base() % a.capacity()).isZero();
                    assertThat(held).as("seed %d", seed).noneMatch(b -> b != a && b.base() < a.base() + a.capacity() && a.base() < b.base() + b.capacity());
                }
            }
        }
    }
}
