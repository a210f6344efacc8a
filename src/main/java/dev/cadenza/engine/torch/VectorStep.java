package dev.cadenza.engine.torch;

import dev.cadenza.engine.kv.KvArena;
import dev.cadenza.engine.kv.SlotAllocator.Block;
import dev.cadenza.engine.torch.Captures.Capture;
import dev.cadenza.engine.vector.DecoderRow;
import dev.cadenza.engine.vector.DecoderWeights;
import dev.cadenza.engine.vector.VectorDecoder;
import dev.cadenza.model.Architecture;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.store.DerivedFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/** A step in Java's own kernels, sampling included. */
final class VectorStep implements StepRunner {
    private final VectorDecoder decoder;
    private final SelfTest.Verdict verdict;
    private final int hidden;
    private final int vocabulary;
    private final KvArena kv;
    private final MemorySegment[] kvLayers;
    private final VectorSampling vectorSampling;
    /** Written by helping threads, too. */
    private final Arena arena = Arena.ofShared();
    private final Staging logits = new Staging(arena);
    private long kernelNanos;

    private VectorStep(VectorDecoder decoder, SelfTest.Verdict verdict, KvArena kv, Architecture architecture) {
        this.decoder = decoder;
        this.verdict = verdict;
        this.kv = kv;
        kvLayers = kv.layers();
        hidden = architecture.hidden();
        vocabulary = architecture.vocabulary();
        vectorSampling = new VectorSampling(decoder::readLogits, vocabulary);
    }

    /** @throws IllegalStateException kernels compute wrongly, or the native libraries are needed and do not load */
    static VectorStep load(Checkpoint checkpoint, EngineSettings settings, DerivedFile packed, int slots) {
        Architecture architecture = checkpoint.architecture();
        VectorDecoder decoder = decoder(checkpoint, settings, packed);
        try {
            SelfTest.Verdict verdict = SelfTest.verdict(decoder.check(checkpoint), decoder.checkAttention(), decoder.otherKernels());
            var kv = new KvArena(architecture.layers(), 2 * architecture.kvHeads(), architecture.headDim(), slots);
            return new VectorStep(decoder, verdict, kv, architecture);
        } catch (RuntimeException | Error e) {
            decoder.close();
            throw e;
        }
    }

    private static VectorDecoder decoder(Checkpoint checkpoint, EngineSettings settings, DerivedFile packed) {
        DecoderWeights weights = DecoderWeights.pack(checkpoint, packed);
        try {
            if (VectorDecoder.wantsTorch(checkpoint.architecture(), weights)) {
                TorchRuntime.start(settings.threads());
            }
            return new VectorDecoder(checkpoint.architecture(), weights, settings.threads());
        } catch (RuntimeException | Error e) {
            weights.close();
            throw e;
        }
    }

    @Override
    public Answer run(StepLayout layout, SamplePlan sampling, List<Capture> captures) {
        long start = System.nanoTime();
        float[][] states = new float[captures.size()][];
        float[] residual = layers(layout, captures, states);
        int[] wanted = layout.headRows().stream().mapToInt(layout::vectorRow).toArray();
        MemorySegment raw = MemorySegment.ofBuffer(logits.room(Float.BYTES * wanted.length * vocabulary));
        if (wanted.length > 0) {
            decoder.head(gather(residual, wanted), wanted.length, raw);
        }
        Answer answer = vectorSampling.answer(raw, sampling, List.of(states));
        kernelNanos += System.nanoTime() - start;
        return answer;
    }

    /** @return [rows, hidden] behind the last layer */
    private float[] layers(StepLayout layout, List<Capture> captures, float[][] states) {
        List<DecoderRow> rows = layout.vectorRows();
        float[] residual = decoder.embed(layout.vectorTokens());
        int at = 0;
        for (float[] resumed : layout.resumed()) {
            for (int row = 0; row < resumed.length / hidden; row++, at++) {
                System.arraycopy(resumed, row * hidden, residual, layout.resumedRows().get(at) * hidden, hidden);
            }
        }
        decoder.forward(rows, residual, kvLayers, answering(layout, captures), layer -> {
            for (int i = 0; i < captures.size(); i++) {
                if (captures.get(i).layer() == layer) {
                    states[i] = gather(residual, layout.vectorRows(captures.get(i)));
                }
            }
        });
        return residual;
    }

    /** Rows whose states behind the last layer are looked at. */
    private BitSet answering(StepLayout layout, List<Capture> captures) {
        var rows = new BitSet();
        layout.headRows().forEach(row -> rows.set(layout.vectorRow(row)));
        captures.stream().filter(capture -> capture.layer() == kvLayers.length).flatMapToInt(capture -> IntStream.of(layout.vectorRows(capture))).forEach(rows::set);
        return rows;
    }

    private float[] gather(float[] residual, int[] rows) {
        float[] gathered = new float[rows.length * hidden];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(residual, rows[i] * hidden, gathered, i * hidden, hidden);
        }
        return gathered;
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
    public long kernelNanos() {
        return kernelNanos;
    }

    @Override
    public void clear(int from, int slots) {
        kv.clear(from, slots);
    }

    @Override
    public void copy(Block from, Block to, int slots) {
        kv.copy(from, to, slots);
    }

    @Override
    public void compact(Block block, long[] sources, long[] targets) {
        kv.compact(block, sources, targets);
    }

    @Override
    public void close() {
        decoder.close();
        kv.close();
        arena.close();
    }
}
