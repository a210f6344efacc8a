package dev.cadenza.engine;

import java.util.Arrays;

/**
 * Draws a token exactly from a law while looking, nearly always, at its most likely tokens only. Deterministic: the token is a pure function of
 * law, draw and candidates, in double arithmetic. One thread; keeps scratch between draws, but no argument.
 *
 * <p>Temperature, then top_k, then top_p over what top_k left, renormalised, then min_p relative to the most likely token. Each kept candidate
 * scores {@code l / T + gumbel(token)}; the kept mass outside the candidates (the tail) scores as one further candidate, and if it wins, a
 * second number picks from it by inverse transform. The greatest of several Gumbel variables being one itself, this is the law. The whole row
 * is fetched only when the tail wins, or when top_k, top_p or min_p reach beyond the candidates. Order of tokens: logit descending, id
 * ascending.
 */
public final class CandidateDraw {
    /** Names of two numbers in the random stream: the tail's noise, and the choice within it. */
    private static final int TAIL = -1;
    private static final int WITHIN_TAIL = -2;
    private static final int REACHES_BEYOND = -1;

    private final int vocabulary;

    // Scratch of the draw in hand: tokens in order, the candidates first, then (once fetched) all others.
    private long[] order = new long[0];
    private int[] ids = new int[0];
    private double[] scaled = new double[0];
    private boolean[] listed = new boolean[0];

    public CandidateDraw(int vocabulary) {
        this.vocabulary = vocabulary;
    }

    /** The token that {@code draw} names under {@code law}; when that is greedy, the most likely one, lowest id on ties. */
    public int draw(Law law, Draw draw, Candidates candidates) {
        int count = candidates.count();
        double logSumExp = candidates.logSumExp();
        load(candidates, law);
        if (law.greedy()) {
            return ids[0];
        }
        boolean fetched = false;
        int kept = cut(law, count, logSumExp);
        if (kept == REACHES_BEYOND) {
            fetch(candidates, law);
            fetched = true;
            kept = cut(law, vocabulary, logSumExp);
        }
        long key = GumbelStream.key(draw);
        int best = 0;
        double bestScore = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < Math.min(kept, count); i++) {
            double score = scaled[i] + GumbelStream.gumbel(key, ids[i]);
            if (score > bestScore) {
                bestScore = score;
                best = i;
            }
        }
        if (kept <= count) {
            return ids[best];
        }
        double tail = fetched ? mass(count, kept, logSumExp) : 1 - mass(0, count, logSumExp);
        if (tail <= 0 || logSumExp + StrictMath.log(tail) + GumbelStream.gumbel(key, TAIL) <= bestScore) {
            return ids[best];
        }
        if (!fetched) {
            fetch(candidates, law);
        }
        return scaled[count] == Double.NEGATIVE_INFINITY ? ids[best] : within(count, kept, GumbelStream.uniform(key, WITHIN_TAIL));
    }

    /**
     * @param known tokens in scratch
     * @return how many tokens the law keeps, or {@link #REACHES_BEYOND} when the known ones do not tell
     */
    private int cut(Law law, int known, double logSumExp) {
        boolean ends = known == vocabulary;
        int kept = known;
        double total = 1;
        if (law.topK() > 0 && law.topK() < vocabulary) {
            if (law.topK() > known) {
                return REACHES_BEYOND;
            }
            ends = true;
            kept = law.topK();
            total = mass(0, kept, logSumExp);
        }
        if (law.topP() < 1) {
            int nucleus = nucleus(kept, law.topP() * total, logSumExp);
            if (nucleus == REACHES_BEYOND && !ends) {
                return REACHES_BEYOND;
            }
            ends = true;
            kept = nucleus == REACHES_BEYOND ? kept : nucleus;
        }
        if (law.minP() > 0) {
            double floor = scaled[0] + StrictMath.log(law.minP());
            if (scaled[kept - 1] >= floor && !ends) {
                return REACHES_BEYOND;
            }
            while (scaled[kept - 1] < floor) {
                kept--;
            }
            ends = true;
        }
        return ends ? kept : vocabulary;
    }

    private int nucleus(int limit, double wanted, double logSumExp) {
        double reached = 0;
        for (int i = 0; i < limit; i++) {
            reached += StrictMath.exp(scaled[i] - logSumExp);
            if (reached >= wanted) {
                return i + 1;
            }
        }
        return REACHES_BEYOND;
    }

    private double mass(int from, int to, double logSumExp) {
        double mass = 0;
        for (int i = from; i < to; i++) {
            mass += StrictMath.exp(scaled[i] - logSumExp);
        }
        return mass;
    }

    private int within(int from, int to, double uniform) {
        double wanted = uniform * mass(from, to, scaled[from]);
        double reached = 0;
        for (int i = from; i < to - 1; i++) {
            reached += StrictMath.exp(scaled[i] - scaled[from]);
            if (reached >= wanted) {
                return ids[i];
            }
        }
        return ids[to - 1];
    }

    private void load(Candidates candidates, Law law) {
        int count = candidates.count();
        reserve(count);
        for (int i = 0; i < count; i++) {
            int at = candidates.from() + i;
            order[i] = place(candidates.logits()[at], candidates.ids()[at]);
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
                order[at++] = place(row[id], id);
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
            ids[i] = (int) order[i];
            scaled[i] = logit(order[i]) / temperature;
        }
    }

    private void reserve(int size) {
        if (order.length < size) {
            order = Arrays.copyOf(order, size);
            ids = Arrays.copyOf(ids, size);
            scaled = Arrays.copyOf(scaled, size);
        }
    }

    /** Sorts ascending where the logit descends and, among equal ones, the id ascends. */
    private static long place(float logit, int id) {
        int bits = Float.floatToIntBits(logit + 0f);
        int ascending = bits ^ bits >> 31 & Integer.MAX_VALUE;
        return (long) ~ascending << 32 | id;
    }

    private static double logit(long place) {
        int ascending = ~(int) (place >> 32);
        return Float.intBitsToFloat(ascending ^ ascending >> 31 & Integer.MAX_VALUE);
    }
}
