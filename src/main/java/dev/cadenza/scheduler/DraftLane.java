package dev.cadenza.scheduler;

import dev.cadenza.decoding.Move;
import dev.cadenza.engine.Engine;
import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import java.util.stream.IntStream;

/** A sequence's region on the draft engine: nothing but settled tokens between moves. Once closed it stays closed. Device thread only. */
final class DraftLane implements AutoCloseable {
    private final int block;
    private final int context;
    /** {@code null}: closed. */
    private Region region;
    private Move.OnDraftModel move;

    private DraftLane(Engine engine, Region region) {
        this.block = engine.shape().prefillBlock();
        this.context = engine.shape().context();
        this.region = region;
    }

    /** @param slots positions to make room for; less where the context is less. @return closed at once when memory does not suffice */
    static DraftLane open(Engine engine, int slots) {
        try {
            return new DraftLane(engine, engine.open(Math.min(slots, engine.shape().context())));
        } catch (KvExhausted e) {
            return new DraftLane(engine, null);
        }
    }

    boolean closed() {
        return region == null;
    }

    /** @return false: the region is full and cannot grow */
    boolean makeRoom(Move.OnDraftModel next) {
        int slots = next.keep() + next.tokens().length;
        return slots <= region.capacity() || slots <= context && region.grow(Math.min(context, Math.max(slots, 2 * region.capacity())));
    }

    /** @throws IllegalStateException the move goes on from positions that are not computed */
    Segment segment(Move.OnDraftModel next) {
        if (next.keep() < 0 || next.keep() > region.settled()) {
            throw new IllegalStateException("a draft goes on from position %d of %d".formatted(next.keep(), region.settled()));
        }
        region.truncate(next.keep());
        move = next;
        boolean blocks = next.keep() % block == 0 && next.tokens().length % block == 0;
        return Segment.chain(region, blocks ? Role.PREFILL : Role.DECODE, next.tokens(), next.wants());
    }

    /** The move ran. */
    void settle() {
        region.keep(IntStream.range(0, move.tokens().length).toArray());
    }

    @Override
    public void close() {
        if (region != null) {
            region.close();
            region = null;
        }
    }
}
