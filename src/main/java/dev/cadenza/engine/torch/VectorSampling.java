package dev.cadenza.engine.torch;

import dev.cadenza.engine.Law;
import dev.cadenza.engine.vector.LogitRow;
import dev.cadenza.engine.vector.VectorDecoder;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.ObjIntConsumer;

/** Answers a {@link SamplePlan} in Java, as the native program's {@code sample} does. Device thread only; those of the reading help. */
final class VectorSampling {
    /** {@link VectorDecoder#readLogits}. */
    @FunctionalInterface
    interface Reading {
        void rows(int rows, ObjIntConsumer<LogitRow> work);
    }

    private final Reading reading;
    private final int vocabulary;

    VectorSampling(Reading reading, int vocabulary) {
        this.reading = reading;
        this.vocabulary = vocabulary;
    }

    /** @param raw logits, float32 [rows, vocabulary], which must stay as they are as long as the answer is used */
    StepRunner.Answer answer(MemorySegment raw, SamplePlan plan, List<float[]> states) {
        var integers = new long[plan.answerIntegers()];
        var floats = new float[plan.answerFloats()];
        var edited = new MemorySegment[plan.rows()];
        reading.rows(plan.rows(), (reader, row) -> {
            MemorySegment own = row(raw, row);
            edited[row] = edited(own, plan.law(row));
            reader.take(edited[row]);
            floats[row] = reader.best();
            if (Float.isFinite(reader.best())) {
                ofEdited(reader, row, own, plan, integers, floats);
                ofRaw(reader, row, own, plan, integers, floats);
            }
        });
        return new StepRunner.Answer(integers, floats, row -> both(row(raw, row), edited[row]), states);
    }

    private MemorySegment row(MemorySegment raw, int row) {
        long bytes = (long) Float.BYTES * vocabulary;
        return raw.asSlice(row * bytes, bytes);
    }

    private static MemorySegment edited(MemorySegment raw, Law law) {
        if (law.edits().size() == 0) {
            return raw;
        }
        float[] logits = raw.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        law.edits().apply(logits);
        return MemorySegment.ofArray(logits);
    }

    private static void ofEdited(LogitRow reader, int row, MemorySegment raw, SamplePlan plan, long[] integers, float[] floats) {
        integers[row] = reader.bestToken();
        floats[plan.rawBestAt(row)] = logit(raw, integers[row]);
        int drawn = plan.drawn(row);
        if (drawn >= 0) {
            int ids = plan.candidatesAt(drawn);
            reader.mostLikely(plan.candidates(), integers, ids, floats, plan.candidateLogitsAt(drawn));
            for (int i = 0; i < plan.candidates(); i++) {
                floats[plan.candidateRawLogitsAt(drawn) + i] = logit(raw, integers[ids + i]);
            }
            floats[plan.logSumExpAt(drawn)] = reader.logSumExp(plan.temperature(row));
        }
        if (plan.weighed(row) >= 0) {
            floats[plan.entropyAt(plan.weighed(row))] = reader.entropy(plan.temperature(row));
        }
    }

    private static void ofRaw(LogitRow reader, int row, MemorySegment raw, SamplePlan plan, long[] integers, float[] floats) {
        int logged = plan.logged(row);
        int weighed = plan.weighed(row);
        if (plan.law(row).edits().size() > 0 && (logged >= 0 || weighed >= 0)) {
            reader.take(raw);
        }
        if (logged >= 0) {
            floats[plan.rawLogSumExpAt(logged)] = reader.logSumExp(1);
            if (plan.top() > 0) {
                reader.mostLikely(plan.top(), integers, plan.topAt(logged), floats, plan.topLogitsAt(logged));
            }
        }
        if (weighed >= 0) {
            floats[plan.rawEntropyAt(weighed)] = reader.entropy(1);
        }
    }

    private static float logit(MemorySegment row, long token) {
        return row.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, token);
    }

    private float[] both(MemorySegment raw, MemorySegment edited) {
        float[] both = new float[2 * vocabulary];
        MemorySegment.copy(raw, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, both, 0, vocabulary);
        MemorySegment.copy(edited, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, both, vocabulary, vocabulary);
        return both;
    }
}
