package dev.cadenza.engine.vector;

import dev.cadenza.engine.vector.FloatProducts.Matrix;
import dev.cadenza.model.Architecture;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The attention of a step's prompts by {@link ProductAttention}, in jobs that can be shared out. One thread calls, but for {@link #run}. */
final class PromptProducts {
    /**
     * A prompt's rows in a step.
     *
     * @param row      first of the active rows
     * @param rows     how many
     * @param first    of them
     * @param keys     where the heads' turned keys begin, in floats
     * @param firstJob of its own
     */
    private record Prompt(int row, int rows, DecoderRow first, long keys, int firstJob) {
        int seen() {
            return first.settled() + rows;
        }

        int slots() {
            return ProductAttention.padded(seen());
        }

        int tiles() {
            return (rows + ProductAttention.ROWS - 1) / ProductAttention.ROWS;
        }
    }

    private final Architecture architecture;
    private final KernelThreads threads;
    private final ProductAttention[] rooms;
    private final float scale;
    private Arena arena = Arena.ofShared();
    /** Per prompt and key/value head the slots' blocks. */
    private MemorySegment turned = MemorySegment.NULL;
    private List<Prompt> prompts = List.of();
    private MemorySegment kv = MemorySegment.NULL;
    private int jobs;

    PromptProducts(FloatProducts products, Architecture architecture, KernelThreads threads) {
        this.architecture = architecture;
        this.threads = threads;
        rooms = Stream.generate(() -> new ProductAttention(products)).limit(threads.count()).toArray(ProductAttention[]::new);
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
            keys += (long) architecture.kvHeads() * architecture.headDim() * prompt.slots();
            jobs += prompt.tiles() * architecture.heads();
        }
        reserve(keys * Float.BYTES);
        prompts.forEach(this::turnKeys);
    }

    private void reserve(long bytes) {
        if (turned.byteSize() < bytes) {
            arena.close();
            arena = Arena.ofShared();
            turned = arena.allocate(bytes + bytes / 2, 64);
        }
    }

    private void turnKeys(Prompt prompt) {
        int d = architecture.headDim();
        int blocks = prompt.slots() / ProductAttention.BLOCK;
        threads.run(blocks * architecture.kvHeads(), (job, thread) -> {
            int kvHead = job / blocks;
            int first = job % blocks * ProductAttention.BLOCK;
            ProductAttention.turn(kv, prompt.first.plane(kvHead, architecture.kvHeads(), d) + 4L * d * first,
                    Math.min(ProductAttention.BLOCK, prompt.seen() - first), d, turned, keys(prompt, kvHead) + (long) d * first);
        });
    }

    private long keys(Prompt prompt, int kvHead) {
        return prompt.keys + (long) kvHead * architecture.headDim() * prompt.slots();
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
        int from = tile * ProductAttention.ROWS;
        int row = prompt.row + from;
        int width = (heads + 2 * kvHeads) * d;
        rooms[thread].attend(qkv, row * width + head * d, width, d, scale, turned, keys(prompt, kvHead),
                Matrix.of(kv, prompt.first.plane(kvHeads + kvHead, kvHeads, d) / Float.BYTES, d), prompt.seen(), prompt.first.settled() + from,
                Math.min(ProductAttention.ROWS, prompt.rows - from), attended, (row * heads + head) * d, heads * d);
    }

    void close() {
        Stream.of(rooms).forEach(ProductAttention::close);
        arena.close();
    }
}
