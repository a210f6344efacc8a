package dev.cadenza.engine;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The sampling law written down naively, as the oracle of fast samplers: sorts everything, knows no candidates. */
public final class ReferenceLaw {
    private ReferenceLaw() {
    }

    /**
     * @param raw logits, [vocabulary]; not changed
     * @return probability of each token, [vocabulary]
     */
    public static double[] probabilities(float[] raw, Law law) {
        float[] logits = raw.clone();
        law.edits().apply(logits);
        List<Integer> order = IntStream.range(0, logits.length).boxed()
                .sorted(Comparator.<Integer>comparingDouble(id -> -logits[id]).thenComparing(Comparator.naturalOrder())).toList();
        if (law.greedy()) {
            double[] one = new double[logits.length];
            one[order.getFirst()] = 1;
            return one;
        }
        double[] p = normalised(IntStream.range(0, logits.length).mapToDouble(id -> Math.exp(logits[id] / (double) law.temperature())).toArray());
        if (law.topK() > 0) {
            order.stream().skip(law.topK()).forEach(id -> p[id] = 0);
        }
        double[] afterTopK = normalised(p);
        double reached = 0;
        for (int id : order) {
            if (law.topP() < 1 && reached >= law.topP()) {
                p[id] = 0;
            }
            reached += afterTopK[id];
        }
        double floor = law.minP() * p[order.getFirst()];
        return normalised(IntStream.range(0, p.length).mapToDouble(id -> p[id] < floor ? 0 : p[id]).toArray());
    }

    private static double[] normalised(double[] weights) {
        double sum = IntStream.range(0, weights.length).mapToDouble(i -> weights[i]).sum();
        return IntStream.range(0, weights.length).mapToDouble(i -> weights[i] / sum).toArray();
    }
}
