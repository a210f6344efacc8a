package dev.cadenza.engine.kv;

import java.util.BitSet;
import java.util.Collection;
import java.util.Optional;

/**
 * Allots contiguous slots in capacity classes, powers of two from {@value #UNIT} on, each at a multiple of its size and as low as possible: the
 * regions of one class then lie evenly spaced, which lets rows of different sequences be one strided view. Device thread only.
 */
public final class SlotAllocator {
    /** Smallest class. */
    public static final int UNIT = 128;

    private final int units;
    private final BitSet used;

    /** A run of slots. */
    public record Block(int base, int capacity) {
    }

    /** @param slots of the arena; a remainder below {@value #UNIT} stays unused */
    public SlotAllocator(int slots) {
        units = slots / UNIT;
        used = new BitSet(units);
    }

    /** Slots that {@code allot} reserves for a wish. */
    public static int capacity(int slots) {
        return slots <= UNIT ? UNIT : Integer.highestOneBit(slots - 1) << 1;
    }

    /** Whether the wish could be met with nothing else allotted. */
    public boolean couldAllot(int slots) {
        return capacity(slots) / UNIT <= units;
    }

    /** Whether the wish could be met if these blocks were freed. */
    public boolean couldAllot(int slots, Collection<Block> freed) {
        BitSet left = (BitSet) used.clone();
        freed.forEach(block -> left.clear(block.base() / UNIT, (block.base() + block.capacity()) / UNIT));
        return firstFree(capacity(slots) / UNIT, left) >= 0;
    }

    /** Slots of the largest block that could be allotted. */
    public int largestCapacity() {
        return Integer.highestOneBit(units) * UNIT;
    }

    /** @return empty: no free run is large enough now */
    public Optional<Block> allot(int slots) {
        int size = capacity(slots) / UNIT;
        int unit = firstFree(size, used);
        if (unit < 0) {
            return Optional.empty();
        }
        used.set(unit, unit + size);
        return Optional.of(new Block(unit * UNIT, size * UNIT));
    }

    /** @return a multiple of the size, -1: none */
    private int firstFree(int size, BitSet taken) {
        for (int unit = 0; unit + size <= units; unit += size) {
            int firstTaken = taken.nextSetBit(unit);
            if (firstTaken < 0 || firstTaken >= unit + size) {
                return unit;
            }
        }
        return -1;
    }

    public void free(Block block) {
        int unit = block.base() / UNIT;
        int size = block.capacity() / UNIT;
        if (used.nextClearBit(unit) < unit + size) {
            throw new IllegalStateException("freed twice: " + block);
        }
        used.clear(unit, unit + size);
    }

    /** Slots allotted now. */
    public int usedSlots() {
        return used.cardinality() * UNIT;
    }

    /** Slots that can be allotted at all. */
    public int slots() {
        return units * UNIT;
    }
}
