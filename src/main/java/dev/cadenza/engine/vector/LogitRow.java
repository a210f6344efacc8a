package dev.cadenza.engine.vector;

import dev.cadenza.engine.LogitOrder;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Reads one row of logits after the other: the greatest, the most likely tokens, sums of exponentials. Where there is machine code for it
 * ({@link LogitKernel}), by that, elsewhere by plain Java with the same bits; they depend on the row alone. One thread at a time.
 */
public final class LogitRow {
    private static final int LANES = IntegerKernel.VECTOR_BYTES / Float.BYTES;
    /** Logits whose exponentials are added up in float32; beyond that in double. */
    private static final int SUMMED = 512;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final boolean machineCode;
    private final int vocabulary;
    /** Of each block of {@link LogitKernel#BLOCK} logits, the last of which may have fewer; behind them room for the code's marks. */
    private final float[] greatest;
    private final int blocks;
    private final float[] sums = new float[2 * LANES];
    private long[] found = new long[4 * LogitKernel.BLOCK];
    private MemorySegment logits = MemorySegment.NULL;
    private float best;

    public LogitRow(int vocabulary) {
        this(vocabulary, IntegerProducts.find().isPresent());
    }

    LogitRow(int vocabulary, boolean machineCode) {
        this.vocabulary = vocabulary;
        this.machineCode = machineCode;
        blocks = (vocabulary + LogitKernel.BLOCK - 1) / LogitKernel.BLOCK;
        greatest = new float[blocks + LANES];
    }

    /** @param row float32 [vocabulary], native memory or an array's, which stays as it is until the next is taken */
    public void take(MemorySegment row) {
        logits = row;
        int whole = machineCode ? vocabulary / LogitKernel.BLOCK : 0;
        boolean unordered = false;
        if (whole > 0) {
            RowCode.greatestLogits(row, whole, greatest);
            for (int lane = 0; lane < LANES; lane++) {
                unordered |= Float.floatToRawIntBits(greatest[whole + lane]) != 0;
            }
        }
        for (int block = whole; block < blocks; block++) {
            greatest[block] = Float.NEGATIVE_INFINITY;
            for (int token = block * LogitKernel.BLOCK; token < end(block); token++) {
                greatest[block] = Math.max(greatest[block], logit(token));
            }
        }
        best = unordered ? Float.NaN : Float.NEGATIVE_INFINITY;
        for (int block = 0; block < blocks; block++) {
            best = Math.max(best, greatest[block]);
        }
    }

    private int end(int block) {
        return Math.min(vocabulary, (block + 1) * LogitKernel.BLOCK);
    }

    public float logit(int token) {
        return logits.getAtIndex(FLOAT, token);
    }

    /** The greatest logit; NaN where one of them is. */
    public float best() {
        return best;
    }

    /** The token that has it, the lowest of several. Only of a row without NaN. */
    public int bestToken() {
        int block = 0;
        while (greatest[block] != best) {
            block++;
        }
        int token = block * LogitKernel.BLOCK;
        while (logit(token) != best) {
            token++;
        }
        return token;
    }

    /**
     * The most likely tokens: logit descending, id ascending. Only of a row without NaN.
     *
     * @param count  1 .. vocabulary
     * @param ids    receives them from place {@code at} on
     * @param values receives their logits from place {@code valuesAt} on
     */
    public void mostLikely(int count, long[] ids, int at, float[] values, int valuesAt) {
        int candidates = collect(count <= blocks ? atLeast(count) : Float.NEGATIVE_INFINITY);
        Arrays.sort(found, 0, candidates);
        for (int i = 0; i < count; i++) {
            ids[at + i] = LogitOrder.id(found[i]);
            values[valuesAt + i] = logit(LogitOrder.id(found[i]));
        }
    }

    /** What so many logits reach: each of as many blocks has one. */
    private float atLeast(int count) {
        float[] sorted = Arrays.copyOf(greatest, blocks);
        Arrays.sort(sorted);
        return sorted[blocks - count];
    }

    /** Finds tokens with no less than that. @return how many */
    private int collect(float least) {
        int count = 0;
        for (int block = 0; block < blocks; block++) {
            if (greatest[block] >= least) {
                if (found.length < count + LogitKernel.BLOCK) {
                    found = Arrays.copyOf(found, 2 * found.length);
                }
                for (int token = block * LogitKernel.BLOCK; token < end(block); token++) {
                    float logit = logit(token);
                    if (logit >= least) {
                        found[count++] = LogitOrder.place(logit, token);
                    }
                }
            }
        }
        return count;
    }

    /** Natural log of the sum of exp(logit / temperature). Within some parts in a million of it. */
    public float logSumExp(float temperature) {
        return (float) (Math.log(exponentials(temperature).sum) + (double) best / temperature);
    }

    /** In nats, of softmax(logits / temperature). */
    public float entropy(float temperature) {
        Exponentials of = exponentials(temperature);
        return (float) (Math.log(of.sum) - of.weighted / of.sum);
    }

    /** Of exp(x), and of x exp(x), x being (logit - best) / temperature. */
    private record Exponentials(double sum, double weighted) {
    }

    private Exponentials exponentials(float temperature) {
        double sum = 0;
        double weighted = 0;
        for (int from = 0; from < vocabulary; from += SUMMED) {
            int count = Math.min(SUMMED, vocabulary - from);
            int whole = machineCode ? count / LANES * LANES : 0;
            Arrays.fill(sums, 0);
            if (whole > 0) {
                sums[0] = best;
                sums[1] = temperature;
                RowCode.logitExponentials(logits, from, whole, sums);
            }
            for (int i = whole; i < count; i++) {
                float x = Math.max((logit(from + i) - best) / temperature, RowKernels.LEAST_EXPONENT);
                float exponential = RowKernels.exp(x);
                sums[i % LANES] += exponential;
                sums[LANES + i % LANES] = Math.fma(x, exponential, sums[LANES + i % LANES]);
            }
            for (int lane = 0; lane < LANES; lane++) {
                sum += sums[lane];
                weighted += sums[LANES + lane];
            }
        }
        return new Exponentials(sum, weighted);
    }
}
