package dev.cadenza.engine.torch;

import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.Want;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Lays a plan out as the program's arguments: which rows go where, which regions form one strided view, which rows are sampled. The regions'
 * new nodes must have been appended already.
 */
final class StepLayout {
    /** Key lengths are padded to it, so that a row's arithmetic does not depend on its mates' lengths. */
    static final int KEY_PADDING = 32;

    /** A wanted sample: its segment, and its row in the program's list of output rows. */
    record SampledRow(int segment, Want.Sample want, int output) {
    }

    private record DecodeRow(TorchRegion region, int node, int token) {
        int base() {
            return region.block().base();
        }
    }

    private final List<Segment> segments;
    private final boolean joinRows;
    private final int[] firstOutput;
    private final List<DecodeRow> rows = new ArrayList<>();
    private final List<SampledRow> samples = new ArrayList<>();
    private final long[] runs;
    private final long[] blocks;
    private int promptRows;
    private int maskFloats;

    /** @param joinRows whether several rows may share a call of the attention kernel */
    StepLayout(StepPlan plan, int prefillBlock, boolean joinRows) {
        segments = plan.segments();
        this.joinRows = joinRows;
        firstOutput = new int[segments.size()];
        var longs = new ArrayList<Long>();
        orderDecodeRows(longs);
        runs = longs.stream().mapToLong(Long::longValue).toArray();
        longs.clear();
        cutPrompts(prefillBlock, longs);
        blocks = longs.stream().mapToLong(Long::longValue).toArray();
        for (int i = 0; i < segments.size(); i++) {
            for (Want want : segments.get(i).wants()) {
                switch (want) {
                    case Want.Sample sample -> samples.add(new SampledRow(i, sample, firstOutput[i] + sample.row()));
                    default -> throw new IllegalArgumentException("not yet: " + want);
                }
            }
        }
    }

    /** Single rows first, by place in the arena, so that evenly spaced regions become one run; several rows of a sequence are a run of their own. */
    private void orderDecodeRows(List<Long> runs) {
        var order = IntStream.range(0, segments.size()).filter(i -> segments.get(i).role() == Role.DECODE).boxed()
                .sorted(Comparator.comparing((Integer i) -> segments.get(i).rows() > 1).thenComparing(i -> region(i).capacity())
                        .thenComparing(i -> region(i).block().base())).toList();
        int runStart = 0;
        for (int i : order) {
            Segment segment = segments.get(i);
            firstOutput[i] = rows.size();
            if (!joins(runStart, segment)) {
                endRun(runStart, runs);
                runStart = rows.size();
            }
            int firstNode = region(i).open() - segment.rows();
            for (int row = 0; row < segment.rows(); row++) {
                if (!joinRows) {
                    endRun(runStart, runs);
                    runStart = rows.size();
                }
                rows.add(new DecodeRow(region(i), firstNode + row, tokens(segment)[row]));
            }
        }
        endRun(runStart, runs);
    }

    private boolean joins(int runStart, Segment segment) {
        int size = rows.size() - runStart;
        if (size == 0 || !joinRows) {
            return size == 0;
        }
        var region = (TorchRegion) segment.region();
        if (segment.rows() > 1 || region.capacity() != rows.getLast().region.capacity()) {
            return false;
        }
        return size == 1 || region.block().base() - rows.getLast().base() == distance(runStart);
    }

    private int distance(int runStart) {
        return rows.size() - runStart < 2 ? 0 : rows.get(runStart + 1).base() - rows.get(runStart).base();
    }

    /** First row, rows, first base, distance of bases, capacity, key length, offset in the mask. */
    private void endRun(int runStart, List<Long> runs) {
        int size = rows.size() - runStart;
        if (size == 0) {
            return;
        }
        int keys = 0;
        for (DecodeRow row : rows.subList(runStart, rows.size())) {
            keys = Math.max(keys, row.region.settled() + (joinRows ? row.region.open() : row.node + 1));
        }
        keys = (keys + KEY_PADDING - 1) / KEY_PADDING * KEY_PADDING;
        DecodeRow first = rows.get(runStart);
        for (int value : new int[] {runStart, size, first.base(), distance(runStart), first.region.capacity(), keys, maskFloats}) {
            runs.add((long) value);
        }
        maskFloats += size * keys;
    }

    /** Offset and number of ids, first position, base, capacity and whether rows are sampled, per block. */
    private void cutPrompts(int prefillBlock, List<Long> blocks) {
        int output = rows.size();
        for (int i = 0; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            if (segment.role() != Role.PREFILL) {
                continue;
            }
            TorchRegion region = region(i);
            int length = segment.rows();
            if (region.settled() % prefillBlock != 0 || region.open() != length) {
                throw new IllegalArgumentException("a prefill segment must start at a multiple of %d behind settled slots, not at %d with %d open"
                        .formatted(prefillBlock, region.settled(), region.open() - length));
            }
            firstOutput[i] = output;
            int sampled = segment.wants().isEmpty() ? 0 : 1;
            for (int row = 0; row < length; row += prefillBlock) {
                for (int value : new int[] {promptRows + row, Math.min(prefillBlock, length - row), region.settled() + row, region.block().base(),
                        region.capacity(), sampled}) {
                    blocks.add((long) value);
                }
            }
            promptRows += length;
            output += sampled * length;
        }
    }

    private static int[] tokens(Segment segment) {
        return ((dev.cadenza.engine.Input.Tokens) segment.input()).ids();
    }

    private TorchRegion region(int segment) {
        return (TorchRegion) segments.get(segment).region();
    }

    int decodeRows() {
        return rows.size();
    }

    int promptRows() {
        return promptRows;
    }

    int maskFloats() {
        return maskFloats;
    }

    List<SampledRow> samples() {
        return samples;
    }

    long[] blocks() {
        return blocks;
    }

    long[] runs() {
        return runs;
    }

    /** Ids, positions, bases, capacities and slots of the decode rows: [5, decodeRows]. */
    void writeDecodeRows(LongBuffer target) {
        int count = rows.size();
        for (int i = 0; i < count; i++) {
            DecodeRow row = rows.get(i);
            target.put(i, row.token);
            target.put(count + i, row.region.position(row.node));
            target.put(2 * count + i, row.base());
            target.put(3 * count + i, row.region.capacity());
            target.put(4 * count + i, row.region.settled() + row.node);
        }
    }

    /** 0 where a row may look (settled slots, its ancestors, itself), negative infinity elsewhere: [rows, keys] per run. */
    void writeMask(FloatBuffer target) {
        for (int run = 0; run < runs.length; run += 7) {
            int keys = (int) runs[run + 5];
            for (int i = 0; i < runs[run + 1]; i++) {
                DecodeRow row = rows.get((int) runs[run] + i);
                int offset = (int) runs[run + 6] + i * keys;
                int settled = row.region.settled();
                for (int key = 0; key < keys; key++) {
                    target.put(offset + key, key < settled ? 0 : Float.NEGATIVE_INFINITY);
                }
                for (int node = row.node; node >= 0; node = row.region.parent(node)) {
                    target.put(offset + settled + node, 0);
                }
            }
        }
    }

    void writePromptIds(LongBuffer target) {
        for (Segment segment : segments) {
            if (segment.role() == Role.PREFILL) {
                for (int token : tokens(segment)) {
                    target.put(token);
                }
            }
        }
    }
}
