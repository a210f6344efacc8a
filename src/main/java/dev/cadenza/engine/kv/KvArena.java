package dev.cadenza.engine.kv;

import dev.cadenza.engine.kv.SlotAllocator.Block;
import dev.cadenza.engine.machine.UntouchedMemory;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/**
 * Keys and values of all layers in native memory: per layer float32 [slots * planes, headDim]; the block of a region with capacity C from slot o on is
 * [planes, C, headDim] from row {@code o * planes} on. Device thread only, but others may read and write the layers for it.
 */
public final class KvArena implements AutoCloseable {
    private final UntouchedMemory memory;
    private final MemorySegment[] layers;
    private final int planes;
    private final long slotBytes;

    /**
     * @param planes  of a layer: one per key and value head
     * @param headDim floats of a slot in a plane
     * @throws OutOfMemoryError the system has no such memory to give
     */
    public KvArena(int layers, int planes, int headDim, int slots) {
        this.planes = planes;
        slotBytes = (long) headDim * Float.BYTES;
        int unit = UntouchedMemory.ALIGNMENT;
        long layerBytes = ((long) slots * planes * slotBytes + unit - 1) / unit * unit;
        memory = new UntouchedMemory(layers * layerBytes);
        this.layers = IntStream.range(0, layers).mapToObj(layer -> memory.segment().asSlice(layer * layerBytes, layerBytes)).toArray(MemorySegment[]::new);
    }

    /** One per layer. */
    public MemorySegment[] layers() {
        return layers.clone();
    }

    /** Makes slots zero. */
    public void clear(int from, int slots) {
        for (MemorySegment layer : layers) {
            layer.asSlice((long) from * planes * slotBytes, (long) slots * planes * slotBytes).fill((byte) 0);
        }
    }

    /** Copies a block's first slots to another's. */
    public void copy(Block from, Block to, int slots) {
        for (MemorySegment layer : layers) {
            for (int plane = 0; plane < planes; plane++) {
                MemorySegment.copy(layer, at(from, plane, 0), layer, at(to, plane, 0), slots * slotBytes);
            }
        }
    }

    /**
     * Moves single slots within a block.
     *
     * @param sources slots, all read before one is written
     * @param targets as many
     */
    public void compact(Block block, long[] sources, long[] targets) {
        MemorySegment kept = MemorySegment.ofArray(new float[Math.toIntExact(sources.length * slotBytes / Float.BYTES)]);
        for (MemorySegment layer : layers) {
            for (int plane = 0; plane < planes; plane++) {
                for (int i = 0; i < sources.length; i++) {
                    MemorySegment.copy(layer, at(block, plane, sources[i]), kept, i * slotBytes, slotBytes);
                }
                for (int i = 0; i < targets.length; i++) {
                    MemorySegment.copy(kept, i * slotBytes, layer, at(block, plane, targets[i]), slotBytes);
                }
            }
        }
    }

    private long at(Block block, int plane, long slot) {
        return ((long) block.base() * planes + (long) plane * block.capacity() + slot) * slotBytes;
    }

    /** The layers must not be used any more. */
    @Override
    public void close() {
        memory.close();
    }
}
