package dev.cadenza.engine;

import java.util.Arrays;

/**
 * Computes a law whole, as {@link Want.Probabilities} brings it back: the probabilities by which {@link CandidateDraw} draws, with the same
 * order of tokens and the same conventions where top_k, top_p and min_p cut. Any thread.
 */
public final class LawProbabilities {
    private LawProbabilities() {
    }

    /**
     * @param raw logits, [vocabulary], finite or negative infinity, at least one finite after the edits; not changed
     * @return probability of each token, [vocabulary], sum 1 but for rounding; exactly 0 where the law cuts
     */
    public static double[] of(float[] raw, Law law) {
        float[] logits = raw;
        if (law.edits().size() > 0) {
            logits = raw.clone();
            law.edits().apply(logits);
        }
        int best = best(logits);
        double[] p = new double[logits.length];
        if (law.greedy()) {
            p[best] = 1;
            return p;
        }
        double temperature = law.temperature();
        double top = logits[best] / temperature;
        boolean cuts = law.topK() > 0 && law.topK() < logits.length || law.topP() < 1 || law.minP() > 0;
        if (cuts) {
            weighKept(logits, law, top, p);
        } else {
            for (int id = 0; id < p.length; id++) {
                p[id] = Math.exp(logits[id] / temperature - top);
            }
        }
        double sum = 0;
        for (double weight : p) {
            sum += weight;
        }
        for (int id = 0; id < p.length; id++) {
            p[id] /= sum;
        }
        return p;
    }

    private static int best(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            best = logits[id] > logits[best] ? id : best;
        }
        return best;
    }

    /** Writes the weight, relative to the most likely token's, of each token that the law keeps. */
    private static void weighKept(float[] logits, Law law, double top, double[] weightOf) {
        double temperature = law.temperature();
        long[] order = new long[logits.length];
        for (int id = 0; id < order.length; id++) {
            order[id] = LogitOrder.place(logits[id], id);
        }
        Arrays.sort(order);
        int kept = law.topK() > 0 ? Math.min(law.topK(), order.length) : order.length;
        double[] weights = new double[kept];
        double total = 0;
        for (int i = 0; i < kept; i++) {
            weights[i] = Math.exp(LogitOrder.logit(order[i]) / temperature - top);
            total += weights[i];
        }
        if (law.topP() < 1) {
            kept = nucleus(weights, law.topP() * total);
        }
        while (weights[kept - 1] < law.minP()) {
            kept--;
        }
        for (int i = 0; i < kept; i++) {
            weightOf[LogitOrder.id(order[i])] = weights[i];
        }
    }

    /** How many of the weights reach {@code wanted}; all of them when they never do. */
    private static int nucleus(double[] weights, double wanted) {
        double reached = 0;
        for (int i = 0; i < weights.length - 1; i++) {
            reached += weights[i];
            if (reached >= wanted) {
                return i + 1;
            }
        }
        return weights.length;
    }
}
