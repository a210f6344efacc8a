package dev.cadenza.engine.torch;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reused native memory under a step's input tensor; grows, never shrinks. Device thread only. */
final class Staging {
    private final Arena arena;
    private ByteBuffer buffer;

    /** @param arena owns the memory; what growth leaves behind is freed with it */
    Staging(Arena arena) {
        this.arena = arena;
        buffer = allocate(4096);
    }

    /** Room for exactly so many bytes, content undefined. */
    ByteBuffer room(int bytes) {
        if (buffer.capacity() < bytes) {
            buffer = allocate(Math.max(bytes, 2 * buffer.capacity()));
        }
        return buffer.slice(0, bytes).order(ByteOrder.nativeOrder());
    }

    private ByteBuffer allocate(int bytes) {
        return arena.allocate(bytes, 64).asByteBuffer();
    }
}
