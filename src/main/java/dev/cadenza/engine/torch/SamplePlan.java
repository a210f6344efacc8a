package dev.cadenza.engine.torch;

import dev.cadenza.engine.CandidateDraw;
import dev.cadenza.engine.Candidates;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.LogitEdits;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Want;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The sampling part of a step: what the program is asked for, and how its answer becomes tokens. The program brings back, per row, the greedy
 * token, and for rows that draw the most likely {@value #CANDIDATES} tokens with the law's normaliser; the draw itself is Java arithmetic in
 * double, the same on every device.
 */
final class SamplePlan {
    static final int CANDIDATES = 256;

    private final List<StepLayout.SampledRow> rows;
    private final int vocabulary;
    private final int candidates;
    /** Per sampled row its index among the drawn and the logged rows, -1: not among them. */
    private final int[] drawnIndex;
    private final int[] loggedIndex;
    private int drawn;
    private int logged;
    private int edits;
    private int top;

    SamplePlan(List<StepLayout.SampledRow> rows, int vocabulary) {
        this.rows = rows;
        this.vocabulary = vocabulary;
        this.candidates = Math.min(CANDIDATES, vocabulary);
        drawnIndex = new int[rows.size()];
        loggedIndex = new int[rows.size()];
        for (int i = 0; i < rows.size(); i++) {
            Want.Sample want = rows.get(i).want();
            drawnIndex[i] = want.law().greedy() ? -1 : drawn++;
            loggedIndex[i] = want.topLogprobs() < 0 ? -1 : logged++;
            edits += want.law().edits().size();
            top = Math.max(top, want.topLogprobs());
        }
    }

    int integers() {
        return rows.size() + drawn + logged + edits;
    }

    int floats() {
        return drawn + 2 * edits;
    }

    long[] counts(int decodeRows) {
        return new long[] {decodeRows, rows.size(), drawn, candidates, logged, edits, top};
    }

    void write(LongBuffer integers, FloatBuffer floats) {
        int edit = rows.size() + drawn + logged;
        int divisor = drawn;
        for (int i = 0; i < rows.size(); i++) {
            integers.put(i, rows.get(i).output());
            Law law = rows.get(i).want().law();
            if (drawnIndex[i] >= 0) {
                integers.put(rows.size() + drawnIndex[i], i);
                floats.put(drawnIndex[i], law.temperature());
            }
            if (loggedIndex[i] >= 0) {
                integers.put(rows.size() + drawn + loggedIndex[i], i);
            }
            LogitEdits changes = law.edits();
            for (int e = 0; e < changes.size(); e++, edit++, divisor++) {
                integers.put(edit, (long) i * vocabulary + changes.tokens()[e]);
                floats.put(divisor, changes.divisors()[e]);
                floats.put(divisor + edits, changes.addends()[e]);
            }
        }
    }

    /**
     * @param integers, floats as the program returns them
     * @param logits   per sampled row its raw and then its edited logits [2 * vocabulary], fetched for the rare draw that needs them
     * @param failures per segment: made a failure when one of its rows has logits that are not finite
     */
    List<List<Sampled>> draw(int segments, long[] integers, float[] floats, IntFunction<float[]> logits, CandidateDraw draw, SegmentResult[] failures) {
        var answer = new Answer(integers, floats);
        var results = new ArrayList<List<Sampled>>(segments);
        for (int i = 0; i < segments; i++) {
            results.add(new ArrayList<>());
        }
        for (int i = 0; i < rows.size(); i++) {
            int segment = rows.get(i).segment();
            if (!Float.isFinite(answer.bestLogit(i))) {
                failures[segment] = SegmentResult.failed("logits are not finite");
            } else {
                results.get(segment).add(sampled(i, answer, logits, draw));
            }
        }
        return results;
    }

    private Sampled sampled(int i, Answer answer, IntFunction<float[]> logits, CandidateDraw draw) {
        Want.Sample want = rows.get(i).want();
        int token;
        float rawLogit;
        if (want.law().greedy()) {
            token = (int) answer.integers[i];
            rawLogit = answer.floats[rows.size() + i];
        } else {
            var row = new FetchedRow(i, logits);
            token = draw.draw(want.law(), want.draw(), answer.candidates(drawnIndex[i], row));
            rawLogit = answer.rawLogit(drawnIndex[i], token, row);
        }
        if (loggedIndex[i] < 0) {
            return new Sampled(want.row(), token, Float.NaN, new int[0], new float[0]);
        }
        return answer.withLogprobs(loggedIndex[i], want, token, rawLogit);
    }

    /** A row's logits, fetched once at most. */
    private final class FetchedRow {
        private final int row;
        private final IntFunction<float[]> source;
        private float[] both;

        FetchedRow(int row, IntFunction<float[]> source) {
            this.row = row;
            this.source = source;
        }

        float[] edited() {
            return java.util.Arrays.copyOfRange(both(), vocabulary, 2 * vocabulary);
        }

        float raw(int token) {
            return both()[token];
        }

        private float[] both() {
            if (both == null) {
                both = source.apply(row);
            }
            return both;
        }
    }

    /** The program's two answer arrays, taken apart. */
    private final class Answer {
        private final long[] integers;
        private final float[] floats;
        private final int[] candidateIds;
        private final float[] candidateLogits;

        Answer(long[] integers, float[] floats) {
            this.integers = integers;
            this.floats = floats;
            candidateIds = new int[drawn * candidates];
            candidateLogits = new float[drawn * candidates];
            for (int i = 0; i < candidateIds.length; i++) {
                candidateIds[i] = (int) integers[rows.size() + i];
                candidateLogits[i] = floats[2 * rows.size() + drawn + i];
            }
        }

        float bestLogit(int row) {
            return floats[row];
        }

        Candidates candidates(int drawnRow, FetchedRow row) {
            return new Candidates(candidateIds, candidateLogits, drawnRow * candidates, candidates, floats[2 * rows.size() + drawnRow], row::edited);
        }

        float rawLogit(int drawnRow, int token, FetchedRow row) {
            for (int i = drawnRow * candidates; i < (drawnRow + 1) * candidates; i++) {
                if (candidateIds[i] == token) {
                    return floats[2 * rows.size() + drawn + drawn * candidates + i];
                }
            }
            return row.raw(token);
        }

        Sampled withLogprobs(int loggedRow, Want.Sample want, int token, float rawLogit) {
            int firstFloat = 2 * rows.size() + drawn + 2 * drawn * candidates;
            float logSumExp = floats[firstFloat + loggedRow];
            var tokens = new int[want.topLogprobs()];
            var logprobs = new float[want.topLogprobs()];
            for (int k = 0; k < tokens.length; k++) {
                tokens[k] = (int) integers[rows.size() + drawn * candidates + loggedRow * top + k];
                logprobs[k] = floats[firstFloat + logged + loggedRow * top + k] - logSumExp;
            }
            return new Sampled(want.row(), token, rawLogit - logSumExp, tokens, logprobs);
        }
    }
}
