package dev.cadenza.engine.vector;

import dev.cadenza.engine.vector.FloatProducts.Matrix;
import dev.cadenza.model.Architecture;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The attention of a step's prompts by {@link BlockAttention}, in jobs that can be shared out. One thread calls, but for {@link #run}. */
final class PromptProducts {
    /**
     * A prompt's rows in a step.
     *
     * @param row      first of the active rows
     * @param rows     how many
     * @param first    of them
     * @param keys     where the heads' blocks begin, in floats
     * @param firstJob of its own
     */
    private record Prompt(int row, int rows, DecoderRow first, long keys, int firstJob) {
        int seen() {
            return first.settled() + rows;
        }

        int slots() {
            return BlockAttention.padded(seen());
        }

        int tiles() {
            return (rows + BlockAttention.ROWS - 1) / BlockAttention.ROWS;
        }
    }

    private final Architecture architecture;
    private final KernelThreads threads;
    private final BlockAttention[] rooms;
    private final float scale;
    private Arena arena = Arena.ofShared();
    /** Per prompt and key/value head the slots' blocks. */
    private MemorySegment blocks = MemorySegment.NULL;
    private List<Prompt> prompts = List.of();
    private MemorySegment kv = MemorySegment.NULL;
    private int jobs;

    /** @param room for a thread */
    PromptProducts(Supplier<BlockAttention> room, Architecture architecture, KernelThreads threads) {
        this.architecture = architecture;
        this.threads = threads;
        rooms = Stream.generate(room).limit(threads.count()).toArray(BlockAttention[]::new);
        scale = (float) (1 / Math.sqrt(architecture.headDim()));
    }

    /**
     * Takes a layer's prompts, whose keys and values are in place.
     *
     * @param runs of rows that stand one behind the other
     */
    void take(List<VectorDecoder.Run> runs, List<DecoderRow> rows, int[] active, MemorySegment layer) {
        kv = layer;
        jobs = 0;
        prompts = new ArrayList<>();
        long keys = 0;
        for (VectorDecoder.Run run : runs) {
            var prompt = new Prompt(run.first(), run.rows(), rows.get(active[run.first()]), keys, jobs);
            prompts.add(prompt);
            keys += architecture.kvHeads() * headFloats(prompt);
            jobs += prompt.tiles() * architecture.heads();
        }
        reserve(keys * Float.BYTES);
        prompts.forEach(this::prepare);
    }

    private void reserve(long bytes) {
        if (blocks.byteSize() < bytes) {
            arena.close();
            arena = Arena.ofShared();
            blocks = arena.allocate(bytes + bytes / 2, 64);
        }
    }

    private void prepare(Prompt prompt) {
        int d = architecture.headDim();
        int kvHeads = architecture.kvHeads();
        int perHead = prompt.slots() / BlockAttention.BLOCK;
        threads.run(perHead * kvHeads, (job, thread) -> {
            int kvHead = job / perHead;
            int block = job % perHead;
            int first = block * BlockAttention.BLOCK;
            rooms[thread].prepare(kv, prompt.first.plane(kvHead, kvHeads, d) + 4L * d * first, prompt.first.plane(kvHeads + kvHead, kvHeads, d) + 4L * d * first,
                    Math.min(BlockAttention.BLOCK, prompt.seen() - first), d, blocks, blocks(prompt, kvHead) + block * rooms[thread].blockFloats(d));
        });
    }

    private long blocks(Prompt prompt, int kvHead) {
        return prompt.keys + kvHead * headFloats(prompt);
    }

    private long headFloats(Prompt prompt) {
        return prompt.slots() / BlockAttention.BLOCK * rooms[0].blockFloats(architecture.headDim());
    }

    int jobs() {
        return jobs;
    }

    /**
     * @param qkv      [rows, (heads + 2 * kvHeads) * headDim]
     * @param attended receives [rows, heads * headDim]
     */
    void run(int job, int thread, float[] qkv, float[] attended) {
        Prompt prompt = prompts.getFirst();
        for (int i = 1; i < prompts.size() && prompts.get(i).firstJob <= job; i++) {
            prompt = prompts.get(i);
        }
        int d = architecture.headDim();
        int heads = architecture.heads();
        int kvHeads = architecture.kvHeads();
        // The last rows see most: they go first, so that no thread is left with them alone.
        int tile = prompt.tiles() - 1 - (job - prompt.firstJob) / heads;
        int head = (job - prompt.firstJob) % heads;
        int kvHead = head / (heads / kvHeads);
        int from = tile * BlockAttention.ROWS;
        int row = prompt.row + from;
        int width = (heads + 2 * kvHeads) * d;
        rooms[thread].attend(qkv, row * width + head * d, width, d, scale, blocks, blocks(prompt, kvHead),
                Matrix.of(kv, prompt.first.plane(kvHeads + kvHead, kvHeads, d) / Float.BYTES, d), prompt.seen(), prompt.first.settled() + from,
                Math.min(BlockAttention.ROWS, prompt.rows - from), attended, (row * heads + head) * d, heads * d);
    }

    void close() {
        Stream.of(rooms).forEach(BlockAttention::close);
        arena.close();
    }
}
