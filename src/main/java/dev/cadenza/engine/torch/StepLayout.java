package dev.cadenza.engine.torch;

import dev.cadenza.engine.HiddenStates;
import dev.cadenza.engine.Input;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.Want;
import dev.cadenza.engine.vector.DecoderRow;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Lays a plan out as the program's arguments: which rows go where, through which layers, and what is taken from them. The regions' new nodes must
 * have been appended already.
 */
final class StepLayout {

    /** A row whose logits are wanted: its segment, and its row in the program's list of output rows. */
    record HeadRow(int segment, Want want, int output) {
    }

    /** Numbers that describe a block. */
    private static final int BLOCK = 6;

    private final List<Segment> segments;
    private final int prefillBlock;
    private final SelfTest.Verdict kernels;
    private final int[] firstOutput;
    private final int[] firstPromptRow;
    private final int[] firstBlock;
    private final List<DecodeRow> rows = new ArrayList<>();
    private final List<float[]> resumed = new ArrayList<>();
    private final List<Integer> resumedRows = new ArrayList<>();
    private final List<HeadRow> headRows = new ArrayList<>();
    private final AttentionGroups groups;
    private final Captures captures = new Captures();
    private final Phases phases;
    private final long[] blocks;
    private int promptRows;

    StepLayout(StepPlan plan, int layers, int prefillBlock, SelfTest.Verdict kernels) {
        segments = plan.segments();
        this.prefillBlock = prefillBlock;
        this.kernels = kernels;
        firstOutput = new int[segments.size()];
        firstPromptRow = new int[segments.size()];
        firstBlock = new int[segments.size()];
        orderDecodeRows();
        var longs = new ArrayList<Long>();
        cutPrompts(longs);
        blocks = longs.stream().mapToLong(Long::longValue).toArray();
        for (int i = 0; i < segments.size(); i++) {
            captures.add(i, segments.get(i), place(i), layers);
            for (Want want : segments.get(i).wants()) {
                if (want instanceof Want.Sample || want instanceof Want.Probabilities) {
                    headRows.add(new HeadRow(i, want, firstOutput[i] + want.row()));
                }
            }
        }
        groups = new AttentionGroups(kernels.attentionInvariant());
        phases = new Phases(rows, layers, captures.decodeLayers(), decodeCounts(), groups);
    }

    private RowCounts decodeCounts() {
        return kernels.counts(rows.size());
    }

    /** Single rows first, by place in the arena, so that evenly spaced regions form one view; several rows of a sequence stay together. */
    private void orderDecodeRows() {
        var order = IntStream.range(0, segments.size()).filter(i -> segments.get(i).role() == Role.DECODE).boxed()
                .sorted(Comparator.comparing((Integer i) -> segments.get(i).rows() > 1).thenComparing(i -> region(i).capacity())
                        .thenComparing(i -> region(i).block().base())).toList();
        for (int i : order) {
            Segment segment = segments.get(i);
            firstOutput[i] = rows.size();
            switch (segment.input()) {
                case Input.Tokens(int[] ids, int[] parents) -> {
                    int firstNode = region(i).open() - ids.length;
                    for (int row = 0; row < ids.length; row++) {
                        rows.add(new DecodeRow(region(i), firstNode + row, ids[row], segment.layers(), ids.length == 1));
                    }
                }
                case Input.Hidden hidden -> {
                    for (HiddenStates states : hidden.states()) {
                        resumed.add(((TorchHiddenStates) states).usable());
                    }
                    for (int node : hidden.nodes()) {
                        resumedRows.add(rows.size());
                        rows.add(new DecodeRow(region(i), node, 0, segment.layers(), segment.rows() == 1));
                    }
                }
            }
        }
    }

    /** Offset and number of ids, first position, base, capacity and whether rows are sampled, per block. */
    private void cutPrompts(List<Long> blocks) {
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
            firstPromptRow[i] = promptRows;
            firstBlock[i] = blocks.size() / BLOCK;
            boolean sampled = segment.wants().stream().anyMatch(want -> want instanceof Want.Sample || want instanceof Want.Probabilities);
            for (int row = 0; row < length; row += prefillBlock) {
                for (int value : new int[] {promptRows + row, Math.min(prefillBlock, length - row), region.settled() + row, region.block().base(),
                        region.capacity(), sampled ? 1 : 0}) {
                    blocks.add((long) value);
                }
            }
            promptRows += length;
            output += sampled ? length : 0;
        }
    }

    private Captures.Place place(int segment) {
        boolean decode = segments.get(segment).role() == Role.DECODE;
        return new Captures.Place() {
            @Override
            public int source(int row) {
                return decode ? Captures.DECODE : firstBlock[segment] + row / prefillBlock;
            }

            @Override
            public int row(int row) {
                return decode ? firstOutput[segment] + row : row % prefillBlock;
            }
        };
    }

    private TorchRegion region(int segment) {
        return (TorchRegion) segments.get(segment).region();
    }

    int decodeRows() {
        return rows.size();
    }

    /** With the rows of padding that the linears want. */
    int paddedRows() {
        return decodeCounts().total(rows.size());
    }

    int promptRows() {
        return promptRows;
    }

    List<HeadRow> headRows() {
        return headRows;
    }

    AttentionGroups groups() {
        return groups;
    }

    Phases phases() {
        return phases;
    }

    Captures captures() {
        return captures;
    }

    /** States that replace embeddings, each [nodes, hidden], and the decode rows that they are for. */
    List<float[]> resumed() {
        return resumed;
    }

    List<Integer> resumedRows() {
        return resumedRows;
    }

    long[] blocks() {
        return blocks;
    }

    /** Ids, positions, bases, capacities and slots of the decode rows: [5, paddedRows]; padding is zero. */
    void writeDecodeRows(LongBuffer target) {
        int width = paddedRows();
        for (int i = 0; i < width; i++) {
            boolean real = i < rows.size();
            DecodeRow row = rows.get(Math.min(i, rows.size() - 1));
            target.put(i, real ? row.token() : 0);
            target.put(width + i, real ? row.position() : 0);
            target.put(2 * width + i, row.base());
            target.put(3 * width + i, row.region().capacity());
            target.put(4 * width + i, row.slot());
        }
    }

    /** The decode rows and then those of prompts, each of which sees the slots up to its own. */
    List<DecoderRow> vectorRows() {
        var all = new ArrayList<DecoderRow>(rows.size() + promptRows);
        for (DecodeRow row : rows) {
            all.add(new DecoderRow(row.position(), row.base(), row.region().capacity(), row.region().settled(), row.openSlots(), row.layers(),
                    false));
        }
        for (int i = 0; i < segments.size(); i++) {
            if (segments.get(i).role() == Role.PREFILL) {
                TorchRegion region = region(i);
                for (int slot = region.settled(); slot < region.settled() + segments.get(i).rows(); slot++) {
                    all.add(new DecoderRow(slot, region.block().base(), region.capacity(), slot, new int[] {slot}, segments.get(i).layers(), true));
                }
            }
        }
        return all;
    }

    /** Tokens of {@link #vectorRows}; any where a state is resumed. */
    int[] vectorTokens() {
        return IntStream.concat(rows.stream().mapToInt(DecodeRow::token), promptIds()).toArray();
    }

    /** Which of {@link #vectorRows} it is. */
    int vectorRow(HeadRow row) {
        boolean decode = segments.get(row.segment()).role() == Role.DECODE;
        return decode ? row.output() : rows.size() + firstPromptRow[row.segment()] + row.want().row();
    }

    /** Which of {@link #vectorRows} are captured. */
    int[] vectorRows(Captures.Capture capture) {
        int first = capture.source() == Captures.DECODE ? 0 : rows.size() + (int) blocks[BLOCK * capture.source()];
        return IntStream.of(capture.rows()).map(row -> first + row).toArray();
    }

    void writePromptIds(LongBuffer target) {
        promptIds().forEach(target::put);
    }

    private IntStream promptIds() {
        return segments.stream().filter(segment -> segment.role() == Role.PREFILL)
                .flatMapToInt(segment -> IntStream.of(((Input.Tokens) segment.input()).ids()));
    }
}
