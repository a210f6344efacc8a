package dev.cadenza.engine.torch;

import dev.cadenza.engine.CandidateDraw;
import dev.cadenza.engine.Candidates;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.LawProbabilities;
import dev.cadenza.engine.LogitEdits;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.Sampled.Uncertainty;
import dev.cadenza.engine.Want;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * The sampling part of a step: what a runner is asked for, and how its answer becomes tokens. It brings back, per row, the greedy token, and for rows
 * that draw the most likely {@value #CANDIDATES} tokens with the law's normaliser; the draw itself is Java arithmetic in double, the same on every
 * device.
 *
 * <p>The answer's integers: a greedy token per row, candidates per drawn row, top tokens per logged row. Its floats: best edited logits, their raw
 * logits; per drawn row its log-sum-exp; candidates' edited logits, their raw logits; per logged row its raw log-sum-exp; top logits; per weighed row
 * the entropy of its edited logits, that of its raw ones.
 */
final class SamplePlan {
    static final int CANDIDATES = 256;

    private final List<StepLayout.HeadRow> rows;
    private final int vocabulary;
    private final int padded;
    private final int candidates;
    /** Per sampled row its index among the drawn and the logged rows, -1: not among them. */
    private final int[] drawnIndex;
    private final int[] loggedIndex;
    private final int[] weighedIndex;
    private int weighed;
    private int drawn;
    private int logged;
    private int edits;
    private int top;

    /** @param counts numbers of rows that the head runs */
    SamplePlan(List<StepLayout.HeadRow> rows, int vocabulary, RowCounts counts) {
        this.rows = rows;
        padded = counts.total(rows.size());
        this.vocabulary = vocabulary;
        this.candidates = Math.min(CANDIDATES, vocabulary);
        drawnIndex = new int[rows.size()];
        loggedIndex = new int[rows.size()];
        weighedIndex = new int[rows.size()];
        for (int i = 0; i < rows.size(); i++) {
            drawnIndex[i] = law(i).greedy() ? -1 : drawn++;
            loggedIndex[i] = -1;
            weighedIndex[i] = rows.get(i).want() instanceof Want.Sample sample && sample.uncertainty() ? weighed++ : -1;
            edits += law(i).edits().size();
            if (rows.get(i).want() instanceof Want.Sample sample && sample.topLogprobs() >= 0) {
                loggedIndex[i] = logged++;
                top = Math.max(top, sample.topLogprobs());
            }
        }
    }

    /** How many rows are sampled. */
    int rows() {
        return rows.size();
    }

    /** Tokens that a drawn row has listed. */
    int candidates() {
        return candidates;
    }

    /** Tokens that a logged row has listed. */
    int top() {
        return top;
    }

    /** Index among the rows that draw, -1: the row does not. */
    int drawn(int row) {
        return drawnIndex[row];
    }

    /** Index among the rows with log-probabilities, -1: the row has none. */
    int logged(int row) {
        return loggedIndex[row];
    }

    /** Index among the rows with entropies, -1: the row has none. */
    int weighed(int row) {
        return weighedIndex[row];
    }

    /** That of the entropy. */
    float temperature(int row) {
        return law(row).greedy() ? 1 : law(row).temperature();
    }

    int answerIntegers() {
        return topAt(logged);
    }

    int candidatesAt(int drawnRow) {
        return rows.size() + drawnRow * candidates;
    }

    int topAt(int loggedRow) {
        return candidatesAt(drawn) + loggedRow * top;
    }

    int answerFloats() {
        return rawEntropyAt(weighed);
    }

    int rawBestAt(int row) {
        return rows.size() + row;
    }

    int logSumExpAt(int drawnRow) {
        return rawBestAt(rows.size()) + drawnRow;
    }

    int candidateLogitsAt(int drawnRow) {
        return logSumExpAt(drawn) + drawnRow * candidates;
    }

    int candidateRawLogitsAt(int drawnRow) {
        return candidateLogitsAt(drawn) + drawnRow * candidates;
    }

    int rawLogSumExpAt(int loggedRow) {
        return candidateRawLogitsAt(drawn) + loggedRow;
    }

    int topLogitsAt(int loggedRow) {
        return rawLogSumExpAt(logged) + loggedRow * top;
    }

    int entropyAt(int weighedRow) {
        return topLogitsAt(logged) + weighedRow;
    }

    int rawEntropyAt(int weighedRow) {
        return entropyAt(weighed) + weighedRow;
    }

    /** The law that a runner is asked for; a whole law is computed from the raw logits. */
    Law law(int row) {
        return rows.get(row).want() instanceof Want.Sample sample ? sample.law() : Law.GREEDY;
    }

    int integers() {
        return padded + drawn + logged + edits + weighed;
    }

    int floats() {
        return drawn + 2 * edits + weighed;
    }

    long[] counts() {
        return new long[] {rows.size(), drawn, candidates, logged, edits, top, padded, weighed};
    }

    void write(LongBuffer integers, FloatBuffer floats) {
        for (int i = rows.size(); i < padded; i++) {
            integers.put(i, rows.getFirst().output());
        }
        int edit = padded + drawn + logged;
        int divisor = drawn;
        for (int i = 0; i < rows.size(); i++) {
            integers.put(i, rows.get(i).output());
            Law law = law(i);
            if (drawnIndex[i] >= 0) {
                integers.put(padded + drawnIndex[i], i);
                floats.put(drawnIndex[i], law.temperature());
            }
            if (loggedIndex[i] >= 0) {
                integers.put(padded + drawn + loggedIndex[i], i);
            }
            if (weighedIndex[i] >= 0) {
                integers.put(padded + drawn + logged + edits + weighedIndex[i], i);
                floats.put(drawn + 2 * edits + weighedIndex[i], law.greedy() ? 1 : law.temperature());
            }
            LogitEdits changes = law.edits();
            for (int e = 0; e < changes.size(); e++, edit++, divisor++) {
                integers.put(edit, (long) i * vocabulary + changes.tokens()[e]);
                floats.put(divisor, changes.divisors()[e]);
                floats.put(divisor + edits, changes.addends()[e]);
            }
        }
    }

    /** A segment's results as far as the head makes them. */
    static final class Outcome {
        private final List<Sampled> samples = new ArrayList<>();
        private final List<double[]> probabilities = new ArrayList<>();
        private boolean finite = true;

        List<Sampled> samples() {
            return samples;
        }

        List<double[]> probabilities() {
            return probabilities;
        }

        /** Whether all logits were. */
        boolean finite() {
            return finite;
        }
    }

    /**
     * @param integers, floats the answer
     * @param logits   per row of the head its raw and then its edited logits [2 * vocabulary], fetched for whole laws and the rare draw that needs them
     */
    List<Outcome> draw(int segments, long[] integers, float[] floats, IntFunction<float[]> logits, CandidateDraw draw) {
        var answer = new Answer(integers, floats);
        var outcomes = Stream.generate(Outcome::new).limit(segments).toList();
        for (int i = 0; i < rows.size(); i++) {
            Outcome outcome = outcomes.get(rows.get(i).segment());
            if (!Float.isFinite(answer.bestLogit(i))) {
                outcome.finite = false;
            } else if (rows.get(i).want() instanceof Want.Sample sample) {
                outcome.samples.add(sampled(i, sample, answer, logits, draw));
            } else if (rows.get(i).want() instanceof Want.Probabilities(int row, Law law)) {
                outcome.probabilities.add(LawProbabilities.of(Arrays.copyOf(logits.apply(i), vocabulary), law));
            }
        }
        return outcomes;
    }

    private Sampled sampled(int i, Want.Sample want, Answer answer, IntFunction<float[]> logits, CandidateDraw draw) {
        int token;
        float rawLogit;
        Uncertainty uncertainty = null;
        if (want.law().greedy()) {
            token = (int) answer.integers[i];
            rawLogit = answer.floats[rawBestAt(i)];
            uncertainty = weighedIndex[i] < 0 ? null : new Uncertainty(0, 0, answer.rawEntropy(weighedIndex[i]),
                    other -> sampled(i, want.drawnAs(other), answer, logits, draw));
        } else {
            var row = new FetchedRow(i, logits);
            token = draw.draw(want.law(), want.draw(), answer.candidates(drawnIndex[i], row));
            rawLogit = answer.rawLogit(drawnIndex[i], token, row);
            if (weighedIndex[i] >= 0) {
                CandidateDraw.LawOfToken law = draw.lawOf(token, want.law(), answer.candidates(drawnIndex[i], row), answer.entropy(weighedIndex[i]));
                uncertainty = new Uncertainty(law.logprob(), law.entropy(), answer.rawEntropy(weighedIndex[i]),
                        other -> sampled(i, want.drawnAs(other), answer, logits, draw));
            }
        }
        if (loggedIndex[i] < 0) {
            return new Sampled(want.row(), token, Float.NaN, new int[0], new float[0], uncertainty);
        }
        return answer.withLogprobs(loggedIndex[i], want, token, rawLogit, uncertainty);
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
            return Arrays.copyOfRange(both(), vocabulary, 2 * vocabulary);
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

    /** The two answer arrays, taken apart. */
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
                candidateIds[i] = (int) integers[candidatesAt(0) + i];
                candidateLogits[i] = floats[candidateLogitsAt(0) + i];
            }
        }

        float bestLogit(int row) {
            return floats[row];
        }

        Candidates candidates(int drawnRow, FetchedRow row) {
            return new Candidates(candidateIds, candidateLogits, drawnRow * candidates, candidates, floats[logSumExpAt(drawnRow)], row::edited);
        }

        float rawLogit(int drawnRow, int token, FetchedRow row) {
            for (int i = drawnRow * candidates; i < (drawnRow + 1) * candidates; i++) {
                if (candidateIds[i] == token) {
                    return floats[candidateRawLogitsAt(0) + i];
                }
            }
            return row.raw(token);
        }

        /** Of the edited logits at the law's temperature, nothing cut. */
        double entropy(int weighedRow) {
            return floats[entropyAt(weighedRow)];
        }

        double rawEntropy(int weighedRow) {
            return floats[rawEntropyAt(weighedRow)];
        }

        Sampled withLogprobs(int loggedRow, Want.Sample want, int token, float rawLogit, Uncertainty uncertainty) {
            float logSumExp = floats[rawLogSumExpAt(loggedRow)];
            var tokens = new int[want.topLogprobs()];
            var logprobs = new float[want.topLogprobs()];
            for (int k = 0; k < tokens.length; k++) {
                tokens[k] = (int) integers[topAt(loggedRow) + k];
                logprobs[k] = floats[topLogitsAt(loggedRow) + k] - logSumExp;
            }
            return new Sampled(want.row(), token, rawLogit - logSumExp, tokens, logprobs, uncertainty);
        }
    }
}
