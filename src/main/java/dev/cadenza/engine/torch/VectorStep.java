package dev.cadenza.engine.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.cadenza.engine.torch.Captures.Capture;
import dev.cadenza.engine.vector.DecoderRow;
import dev.cadenza.engine.vector.VectorDecoder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/** A step whose layers and head run in Java; the sampling is the native program's. */
final class VectorStep implements StepRunner {
    private final Script script;
    private final VectorDecoder decoder;
    private final SelfTest.Verdict verdict;
    private final int hidden;
    private final int vocabulary;
    private final MemorySegment[] kv;
    /** Own the memory that {@link #kv} points to. */
    private final PtNDManager arenas;
    /** Written by helping threads, too. */
    private final Arena arena = Arena.ofShared();
    private final Staging logits = new Staging(arena);
    private final Staging integers = new Staging(arena);
    private final Staging floats = new Staging(arena);
    private long vectorNanos;

    /** @param script whose arena has been allocated */
    VectorStep(Script script, VectorDecoder decoder, SelfTest.Verdict verdict, int hidden, int vocabulary) {
        this.script = script;
        this.decoder = decoder;
        this.verdict = verdict;
        this.hidden = hidden;
        this.vocabulary = vocabulary;
        arenas = script.scope();
        kv = Arrays.stream(script.tensors(arenas, "arenas")).map(tensor -> MemorySegment.ofBuffer(tensor.toByteBuffer(true))).toArray(MemorySegment[]::new);
    }

    @Override
    public Answer run(StepLayout layout, SamplePlan sampling, List<Capture> captures) {
        float[][] states = new float[captures.size()][];
        float[] residual = layers(layout, captures, states);
        List<StepLayout.HeadRow> wanted = layout.headRows();
        if (wanted.isEmpty()) {
            return new Answer(new long[0], new float[0], script::logitsRow, List.of(states));
        }
        ByteBuffer raw = head(gather(residual, wanted.stream().mapToInt(layout::vectorRow).toArray()), wanted.size());
        return sample(raw, wanted.size(), sampling, states);
    }

    /** @return [rows, hidden] behind the last layer */
    private float[] layers(StepLayout layout, List<Capture> captures, float[][] states) {
        List<DecoderRow> rows = layout.vectorRows();
        long start = System.nanoTime();
        float[] residual = decoder.embed(layout.vectorTokens());
        int at = 0;
        for (float[] resumed : layout.resumed()) {
            for (int row = 0; row < resumed.length / hidden; row++, at++) {
                System.arraycopy(resumed, row * hidden, residual, layout.resumedRows().get(at) * hidden, hidden);
            }
        }
        decoder.forward(rows, residual, kv, answering(layout, captures), layer -> {
            for (int i = 0; i < captures.size(); i++) {
                if (captures.get(i).layer() == layer) {
                    states[i] = gather(residual, layout.vectorRows(captures.get(i)));
                }
            }
        });
        vectorNanos += System.nanoTime() - start;
        return residual;
    }

    /** Rows whose states behind the last layer are looked at. */
    private BitSet answering(StepLayout layout, List<Capture> captures) {
        var rows = new BitSet();
        layout.headRows().forEach(row -> rows.set(layout.vectorRow(row)));
        captures.stream().filter(capture -> capture.layer() == kv.length).flatMapToInt(capture -> IntStream.of(layout.vectorRows(capture))).forEach(rows::set);
        return rows;
    }

    private float[] gather(float[] residual, int[] rows) {
        float[] gathered = new float[rows.length * hidden];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(residual, rows[i] * hidden, gathered, i * hidden, hidden);
        }
        return gathered;
    }

    private ByteBuffer head(float[] residual, int rows) {
        ByteBuffer raw = logits.room(Float.BYTES * rows * vocabulary);
        long start = System.nanoTime();
        decoder.head(residual, rows, MemorySegment.ofBuffer(raw));
        vectorNanos += System.nanoTime() - start;
        return raw;
    }

    private Answer sample(ByteBuffer raw, int rows, SamplePlan sampling, float[][] states) {
        ByteBuffer integerArguments = integers.room(Long.BYTES * sampling.integers());
        ByteBuffer floatArguments = floats.room(Float.BYTES * sampling.floats());
        sampling.write(integerArguments.asLongBuffer(), floatArguments.asFloatBuffer());
        try (PtNDManager scope = script.scope()) {
            PtNDArray[] answer = script.tensors(scope, "sample", Script.tensor(scope, raw, DataType.FLOAT32, rows, vocabulary),
                    Script.tensor(scope, integerArguments, DataType.INT64, sampling.integers()),
                    Script.tensor(scope, floatArguments, DataType.FLOAT32, sampling.floats()), sampling.counts());
            return new Answer(answer[0].toLongArray(), answer[1].toFloatArray(), script::logitsRow, List.of(states));
        }
    }

    @Override
    public SelfTest.Verdict verdict() {
        return verdict;
    }

    @Override
    public long weightBytes() {
        return decoder.weightBytes();
    }

    @Override
    public long vectorNanos() {
        return vectorNanos;
    }

    @Override
    public void close() {
        arenas.close();
        decoder.close();
        arena.close();
    }
}
