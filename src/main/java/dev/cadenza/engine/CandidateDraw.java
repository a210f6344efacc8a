package dev.cadenza.engine;

import java.util.Arrays;

/**
 * Draws a token exactly from a law while looking, nearly always, at its most likely tokens only. Deterministic: the token is a pure function of
 * law, draw and candidates, in double arithmetic; between kinds of processors the last bit of {@code Math.log} may differ, which changes about one
 * draw in 1e14. One thread; keeps scratch between draws, but no argument.
 *
 * <p>Temperature, then top_k, then top_p over what top_k left, renormalised, then min_p relative to the most likely token. The kept tokens race:
 * each arrives at time {@code -log(uniform(token)) / p}, and the first is drawn, which is the Gumbel-max draw {@code argmax(l / T + gumbel)} without
 * its logarithms. The kept mass outside the candidates (the tail) runs as one, and if it wins, a second number picks from it by inverse transform;
 * the first of several arrivals being distributed like one of their joint rate, this is the law. The whole row is fetched only when the tail wins,
 * or when top_k, top_p or min_p reach beyond the candidates. Order of tokens: logit descending, id ascending.
 */
public final class CandidateDraw {
    /** Names of two numbers in the random stream: the tail's noise, and the choice within it. */
    private static final int TAIL = -1;
    private static final int WITHIN_TAIL = -2;
    private static final int REACHES_BEYOND = -1;

    private final int vocabulary;

    // Scratch of the draw in hand: tokens in order, the candidates first, then (once fetched) all others. Weights are probabilities relative to
    // the first token's, known for the first `weighed` tokens.
    private long[] order = new long[0];
    private int[] ids = new int[0];
    private double[] scaled = new double[0];
    private double[] weights = new double[0];
    private int weighed;
    private boolean[] listed = new boolean[0];

    public CandidateDraw(int vocabulary) {
        this.vocabulary = vocabulary;
    }

    /** The token that {@code draw} names under {@code law}; when that is greedy, the most likely one, lowest id on ties. */
    public int draw(Law law, Draw draw, Candidates candidates) {
        int count = candidates.count();
        load(candidates, law);
        if (law.greedy()) {
            return ids[0];
        }
        double all = Math.exp(candidates.logSumExp() - scaled[0]);
        boolean fetched = false;
        int kept = cut(law, count, all);
        if (kept == REACHES_BEYOND) {
            fetch(candidates, law);
            fetched = true;
            kept = cut(law, vocabulary, all);
        }
        long key = RandomStream.key(draw);
        int first = 0;
        double arrival = Double.POSITIVE_INFINITY;
        weigh(Math.min(kept, count));
        for (int i = 0; i < Math.min(kept, count); i++) {
            double uniform = RandomStream.uniform(key, ids[i]);
            // -log(u) >= 1 - u, so most tokens are seen to come too late without a logarithm.
            if (1 - uniform < arrival * weights[i]) {
                double time = -Math.log(uniform) / weights[i];
                if (time < arrival) {
                    arrival = time;
                    first = i;
                }
            }
        }
        if (kept <= count) {
            return ids[first];
        }
        double tail = fetched ? sum(count, kept) : all - sum(0, count);
        if (tail <= 0 || -Math.log(RandomStream.uniform(key, TAIL)) / tail >= arrival) {
            return ids[first];
        }
        if (!fetched) {
            fetch(candidates, law);
        }
        double known = sum(count, kept);
        return known > 0 ? ids[within(count, kept, known * RandomStream.uniform(key, WITHIN_TAIL))] : ids[first];
    }

    /**
     * Natural log of a token's probability under the law, and the law's entropy in nats.
     *
     * @param token        one that {@link #draw} gave, or could have given
     * @param wholeEntropy of the law when it truncates nothing
     */
    public LawOfToken lawOf(int token, Law law, Candidates candidates, double wholeEntropy) {
        if (law.greedy()) {
            return new LawOfToken(0, 0);
        }
        int count = candidates.count();
        load(candidates, law);
        double all = Math.exp(candidates.logSumExp() - scaled[0]);
        int known = count;
        int kept = cut(law, count, all);
        if (kept == REACHES_BEYOND || place(token, count) < 0) {
            fetch(candidates, law);
            known = vocabulary;
            kept = cut(law, vocabulary, all);
        }
        double logit = scaled[place(token, known)] - scaled[0];
        if (kept == vocabulary) {
            return new LawOfToken(logit - Math.log(all), wholeEntropy);
        }
        double mass = sum(0, kept);
        double weightedLogits = 0;
        for (int i = 0; i < kept; i++) {
            weightedLogits += weights[i] * (scaled[i] - scaled[0]);
        }
        return new LawOfToken(logit - Math.log(mass), Math.log(mass) - weightedLogits / mass);
    }

    public record LawOfToken(double logprob, double entropy) {
    }

    private int place(int token, int known) {
        for (int i = 0; i < known; i++) {
            if (ids[i] == token) {
                return i;
            }
        }
        return -1;
    }

    /**
     * @param known tokens in scratch
     * @param all   weight of the whole vocabulary
     * @return how many tokens the law keeps, or {@link #REACHES_BEYOND} when the known ones do not tell
     */
    private int cut(Law law, int known, double all) {
        boolean ends = known == vocabulary;
        int kept = known;
        double total = all;
        if (law.topK() > 0 && law.topK() < vocabulary) {
            if (law.topK() > known) {
                return REACHES_BEYOND;
            }
            ends = true;
            kept = law.topK();
            total = law.topP() < 1 ? sum(0, kept) : all;
        }
        if (law.topP() < 1) {
            double wanted = law.topP() * total;
            int nucleus = within(0, kept, wanted) + 1;
            if (!ends && nucleus == kept && sum(0, kept) < wanted) {
                return REACHES_BEYOND;
            }
            ends = true;
            kept = nucleus;
        }
        if (law.minP() > 0) {
            weigh(kept);
            if (weights[kept - 1] >= law.minP() && !ends) {
                return REACHES_BEYOND;
            }
            while (weights[kept - 1] < law.minP()) {
                kept--;
            }
            ends = true;
        }
        return ends ? kept : vocabulary;
    }

    /** The first place up to which the weights from {@code from} on reach {@code wanted}; the last one when they never do. */
    private int within(int from, int to, double wanted) {
        double reached = 0;
        for (int i = from; i < to - 1; i++) {
            weigh(i + 1);
            reached += weights[i];
            if (reached >= wanted) {
                return i;
            }
        }
        return to - 1;
    }

    private double sum(int from, int to) {
        weigh(to);
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += weights[i];
        }
        return sum;
    }

    private void weigh(int to) {
        for (; weighed < to; weighed++) {
            weights[weighed] = Math.exp(scaled[weighed] - scaled[0]);
        }
    }

    private void load(Candidates candidates, Law law) {
        int count = candidates.count();
        weighed = 0;
        reserve(count);
        for (int i = 0; i < count; i++) {
            int at = candidates.from() + i;
            order[i] = LogitOrder.place(candidates.logits()[at], candidates.ids()[at]);
        }
        sort(0, count, law);
    }

    /** Appends every other token of the vocabulary, in order. */
    private void fetch(Candidates candidates, Law law) {
        int count = candidates.count();
        float[] row = candidates.row().get();
        reserve(vocabulary);
        listed = listed.length == vocabulary ? listed : new boolean[vocabulary];
        for (int i = 0; i < count; i++) {
            listed[ids[i]] = true;
        }
        int at = count;
        for (int id = 0; id < vocabulary; id++) {
            if (!listed[id]) {
                order[at++] = LogitOrder.place(row[id], id);
            }
        }
        for (int i = 0; i < count; i++) {
            listed[ids[i]] = false;
        }
        sort(count, vocabulary, law);
    }

    private void sort(int from, int to, Law law) {
        Arrays.sort(order, from, to);
        double temperature = law.greedy() ? 1 : law.temperature();
        for (int i = from; i < to; i++) {
            ids[i] = LogitOrder.id(order[i]);
            scaled[i] = LogitOrder.logit(order[i]) / temperature;
        }
    }

    private void reserve(int size) {
        if (order.length < size) {
            order = Arrays.copyOf(order, size);
            ids = Arrays.copyOf(ids, size);
            scaled = Arrays.copyOf(scaled, size);
            weights = Arrays.copyOf(weights, size);
        }
    }
}
