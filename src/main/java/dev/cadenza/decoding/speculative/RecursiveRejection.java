package dev.cadenza.decoding.speculative;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * Verifies candidates for one position that were drawn from a draft law one after the other, without replacement, so that the token follows the
 * target law exactly, whatever the draft law. Laws are probabilities, [vocabulary], sum 1. One thread.
 *
 * @see "Leviathan et al., arXiv 2211.17192; Jeon et al., Recursive Speculative Decoding, arXiv 2402.14160"
 */
final class RecursiveRejection {
    private final double[] target;
    private final double[] draft;

    /** @param target not changed; @param draft not changed */
    RecursiveRejection(double[] target, double[] draft) {
        this.target = target.clone();
        this.draft = draft.clone();
    }

    /**
     * Draws candidates.
     *
     * @param uniforms the k-th candidate's number, in (0, 1)
     * @return distinct tokens in the order in which they were drawn; fewer than {@code most} where the law has no more
     */
    static int[] candidates(double[] draft, int most, IntToDoubleFunction uniforms) {
        double[] left = draft.clone();
        int[] drawn = new int[Math.min(most, (int) Arrays.stream(draft).filter(p -> p > 0).count())];
        for (int k = 0; k < drawn.length; k++) {
            drawn[k] = draw(left, uniforms.applyAsDouble(k));
            left[drawn[k]] = 0;
        }
        return drawn;
    }

    /** Draws by inverse transform. @param law weights, at least one positive; @param uniform in (0, 1) */
    static int draw(double[] law, double uniform) {
        double left = uniform * mass(law);
        int token = -1;
        for (int next = 0; next < law.length && (left >= 0 || token < 0); next++) {
            if (law[next] > 0) {
                token = next;
                left -= law[next];
            }
        }
        return token;
    }

    /**
     * @param candidates in the order in which they were drawn
     * @param uniforms   the k-th candidate's number, in (0, 1), independent of those that drew the candidates
     * @return index of the candidate that is kept; -1: none, and the token is to be drawn from {@link #left}
     */
    int verify(int[] candidates, IntToDoubleFunction uniforms) {
        for (int k = 0; k < candidates.length; k++) {
            if (uniforms.applyAsDouble(k) < chance(candidates[k])) {
                return k;
            }
            reject(candidates[k]);
        }
        return -1;
    }

    /** The chance that the next candidate, which is this one, is to be kept with. */
    double chance(int candidate) {
        double ratio = target[candidate] / draft[candidate];
        return ratio < 1 && somethingWouldBeLeft() ? ratio : 1;
    }

    /** The next candidate, which is this one, is not kept. */
    void reject(int candidate) {
        for (int token = 0; token < target.length; token++) {
            target[token] = Math.max(0, target[token] - draft[token]);
        }
        draft[candidate] = 0;
        normalise(target);
        normalise(draft);
    }

    /** The law of the token once the candidates so far are rejected. */
    double[] left() {
        return target;
    }

    /** Else target and draft law are one but for rounding. */
    private boolean somethingWouldBeLeft() {
        for (int token = 0; token < target.length; token++) {
            if (target[token] > draft[token]) {
                return true;
            }
        }
        return false;
    }

    private static void normalise(double[] law) {
        double mass = mass(law);
        for (int token = 0; mass > 0 && token < law.length; token++) {
            law[token] /= mass;
        }
    }

    private static double mass(double[] law) {
        double mass = 0;
        for (double weight : law) {
            mass += weight;
        }
        return mass;
    }
}
