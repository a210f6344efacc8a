package dev.cadenza.engine.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.cadenza.engine.torch.Captures.Capture;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The native program's arguments for a step, in memory that is used again. Device thread only. */
final class ProgramArguments {
    private final Staging decodeRows;
    private final Staging mask;
    private final Staging phaseRows;
    private final Staging resumed;
    private final Staging resumedRows;
    private final Staging captureRows;
    private final Staging promptIds;

    ProgramArguments(Arena arena) {
        decodeRows = new Staging(arena);
        mask = new Staging(arena);
        phaseRows = new Staging(arena);
        resumed = new Staging(arena);
        resumedRows = new Staging(arena);
        captureRows = new Staging(arena);
        promptIds = new Staging(arena);
    }

    /** What `step` takes: the layout, and then {@code more}. */
    Object[] of(StepLayout layout, List<Capture> captures, PtNDManager scope, Object... more) {
        int width = layout.paddedRows();
        ByteBuffer rows = decodeRows.room(5 * Long.BYTES * width);
        layout.writeDecodeRows(rows.asLongBuffer());
        ByteBuffer visible = mask.room(Float.BYTES * layout.groups().maskFloats());
        layout.groups().writeMask(visible.asFloatBuffer());
        return Stream.of(Stream.of(Script.tensor(scope, rows, DataType.INT64, 5, width), layout.decodeRows(), layout.groups().arguments(),
                Script.tensor(scope, visible, DataType.FLOAT32, layout.groups().maskFloats()), layout.phases().arguments(),
                indices(scope, phaseRows, layout.phases().chosenRows()), states(scope, layout.resumed(), layout.resumedRows().size()),
                indices(scope, resumedRows, layout.resumedRows())), prompts(layout, captures, scope), Stream.of(more)).flatMap(part -> part).toArray();
    }

    private Stream<Object> prompts(StepLayout layout, List<Capture> captures, PtNDManager scope) {
        ByteBuffer prompts = promptIds.room(Long.BYTES * layout.promptRows());
        layout.writePromptIds(prompts.asLongBuffer());
        return Stream.of(captures.stream().flatMapToLong(new Offsets()::describe).toArray(),
                indices(scope, captureRows, captures.stream().flatMap(capture -> IntStream.of(capture.rows()).boxed()).toList()),
                Script.tensor(scope, prompts, DataType.INT64, layout.promptRows()), layout.blocks());
    }

    private PtNDArray states(PtNDManager scope, List<float[]> states, int rows) {
        int count = states.stream().mapToInt(each -> each.length).sum();
        ByteBuffer buffer = resumed.room(Float.BYTES * count);
        FloatBuffer target = buffer.asFloatBuffer();
        states.forEach(target::put);
        return Script.tensor(scope, buffer, DataType.FLOAT32, rows, rows == 0 ? 0 : count / rows);
    }

    private static PtNDArray indices(PtNDManager scope, Staging staging, List<Integer> values) {
        ByteBuffer buffer = staging.room(Long.BYTES * values.size());
        LongBuffer target = buffer.asLongBuffer();
        values.forEach(target::put);
        return Script.tensor(scope, buffer, DataType.INT64, values.size());
    }

    /** Source, layer, offset and number of rows per capture. */
    private static final class Offsets {
        private int offset;

        LongStream describe(Capture capture) {
            int first = offset;
            offset += capture.rows().length;
            return LongStream.of(capture.source(), capture.layer(), first, capture.rows().length);
        }
    }
}
