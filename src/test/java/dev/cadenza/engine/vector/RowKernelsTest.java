package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class RowKernelsTest {
    /** Half a unit in the last place, relative: what one float operation may lose. */
    private static final double ROUNDING = 0x1p-24;
    private static final float SMALLEST_NORMAL = Float.MIN_NORMAL;

    @Test
    void normIsTheRowOverItsRootMeanSquare() {
        Random random = new Random(1);
        for (int width : new int[] {1, 7, 8, 16, 19, 48, 576, 1537}) {
            float[] row = numbers(random, width + 3, 4);
            float[] weight = numbers(random, width, 1);
            float epsilon = 1e-5f;
            float[] out = new float[width + 2];

            RowKernels.norm(row, 3, width, weight, epsilon, out, 2);

            double squares = 0;
            for (int i = 0; i < width; i++) {
                squares += (double) row[3 + i] * row[3 + i];
            }
            double root = Math.sqrt(squares / width + epsilon);
            for (int i = 0; i < width; i++) {
                double expected = row[3 + i] / root * weight[i];
                // Each square goes through at most width / 16 + 14 additions, of which the root halves the error; four more operations.
                assertThat((double) out[2 + i]).as("%s of %s", i, width).isCloseTo(expected,
                        within((width / 16 + 20) * ROUNDING * Math.abs(expected) + Float.MIN_VALUE));
            }
            assertThat(out[0]).isZero();
            assertThat(out[1]).isZero();
        }
    }

    @Test
    void normMayWriteOverItsInput() {
        float[] row = numbers(new Random(2), 21, 1);
        float[] weight = numbers(new Random(3), 21, 1);
        float[] apart = new float[21];

        RowKernels.norm(row, 0, 21, weight, 1e-6f, apart, 0);
        RowKernels.norm(row, 0, 21, weight, 1e-6f, row, 0);

        assertThat(row).isEqualTo(apart);
    }

    @Test
    void rotateTurnsThePointsOfEachHead() {
        Random random = new Random(4);
        for (int headDim : new int[] {2, 6, 16, 22, 40, 64, 80, 128}) {
            int half = headDim / 2;
            int heads = 3;
            float[] rows = numbers(random, 5 + heads * headDim + 5, 2);
            float[] cos = new float[1 + half];
            float[] sin = new float[1 + half];
            for (int i = 0; i < half; i++) {
                cos[1 + i] = (float) Math.cos(i + 0.5);
                sin[1 + i] = (float) Math.sin(i + 0.5);
            }
            float[] turned = rows.clone();

            RowKernels.rotate(turned, 5, heads, headDim, cos, sin, 1);

            for (int i = 0; i < rows.length; i++) {
                int inHead = Math.floorMod(i - 5, headDim);
                boolean first = inHead < half;
                double expected = rows[i];
                if (i >= 5 && i < 5 + heads * headDim) {
                    int angle = 1 + inHead % half;
                    double other = rows[first ? i + half : i - half];
                    expected = rows[i] * (double) cos[angle] + (first ? -other : other) * sin[angle];
                }
                // Numbers are below 2 in size: two products and a sum, each rounded.
                assertThat((double) turned[i]).as("%s of headDim %s", i, headDim).isCloseTo(expected, within(4 * 2 * ROUNDING));
            }
        }
    }

    @Test
    void gateIsSiluTimesUpHoweverTheRangeIsCut() {
        Random random = new Random(5);
        int feedForward = 61;
        float[] gateUp = numbers(random, 2 + 2 * feedForward, 30);
        gateUp[4] = -200;
        gateUp[5] = 200;
        gateUp[6] = -0f;
        float[] whole = new float[feedForward + 1];
        float[] cut = new float[feedForward + 1];

        RowKernels.gate(gateUp, 2, feedForward, 0, feedForward, whole, 1);
        for (int from = 0, to; from < feedForward; from = to) {
            to = Math.min(feedForward, from + 1 + random.nextInt(20));
            RowKernels.gate(gateUp, 2, feedForward, from, to, cut, 1);
        }

        assertThat(bits(cut)).isEqualTo(bits(whole));
        for (int i = 0; i < feedForward; i++) {
            double gate = gateUp[2 + i];
            double expected = gate / (1 + Math.exp(-gate)) * gateUp[2 + feedForward + i];
            // Two units of exp, then three operations; beyond exp's range silu is below float's normal numbers, too.
            assertThat((double) whole[1 + i]).as("silu of %s", gate).isCloseTo(expected,
                    within(8 * ROUNDING * Math.abs(expected) + 100 * SMALLEST_NORMAL));
        }
    }

    @Test
    void expIsWithinTwoUnitsInTheLastPlaceAndRises() {
        float last = 0;
        double worst = 0;
        for (float x = -105; x <= 90; x += 0x1p-13f) {
            float y = RowKernels.exp(x);
            double exact = Math.exp(x);
            float nearest = (float) exact;
            if (Float.isInfinite(nearest)) {
                assertThat(y).as("exp(%s)", x).isEqualTo(nearest);
                continue;
            }
            worst = Math.max(worst, Math.abs(y - exact) / Math.ulp(nearest));
            // Where two steps of the reduction meet it may fall by its error.
            assertThat(y).as("exp(%s)", x).isGreaterThanOrEqualTo(last - 2 * Math.ulp(last));
            last = y;
        }
        assertThat(worst).isLessThan(2);
    }

    @Test
    void expOfLanesHasTheBitsOfExp() {
        Random random = new Random(6);
        for (int round = 0; round < 20_000; round++) {
            float[] x = numbers(random, RowKernels.LANES.length(), round % 2 == 0 ? 120 : 2);
            float[] y = new float[x.length];
            RowKernels.exp(FloatVector.fromArray(RowKernels.LANES, x, 0)).intoArray(y, 0);
            for (int i = 0; i < x.length; i++) {
                assertThat(Float.floatToRawIntBits(y[i])).as("exp(%s)", x[i]).isEqualTo(Float.floatToRawIntBits(RowKernels.exp(x[i])));
            }
        }
    }

    @Test
    void expHasItsLimits() {
        float[] x = {Float.NEGATIVE_INFINITY, -Float.MAX_VALUE, -0f, 0, Float.MIN_VALUE, Float.MAX_VALUE, Float.POSITIVE_INFINITY, Float.NaN};
        float[] y = new float[RowKernels.LANES.length()];

        RowKernels.exp(FloatVector.fromArray(RowKernels.LANES, Arrays.copyOf(x, y.length), 0)).intoArray(y, 0);

        assertThat(Arrays.copyOf(y, x.length)).containsExactly(0, 0, 1, 1, 1, Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY, Float.NaN);
    }

    @Test
    void sumTakesLanesEightApartThenFourThenTwoThenOne() {
        float[] x = {1e8f, 1, -3, 5e7f, -1e8f, 1e-3f, 7, 3, 11, -2e7f, 1e-2f, 5, 3e6f, -1e8f, 0.5f, 9e5f};
        float[] eights = new float[8];
        for (int i = 0; i < 8; i++) {
            eights[i] = x[i] + x[i + 8];
        }

        int odd = RowKernels.LANES.length() % RowKernels.STEP;
        float sum = RowKernels.sum(FloatVector.fromArray(RowKernels.LANES, x, 0), FloatVector.fromArray(RowKernels.LANES, x, odd));

        assertThat(sum).isEqualTo(((eights[0] + eights[4]) + (eights[2] + eights[6])) + ((eights[1] + eights[5]) + (eights[3] + eights[7])));
    }

    private static float[] numbers(Random random, int count, float size) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (random.nextFloat() * 2 - 1) * size;
        }
        return numbers;
    }

    private static int[] bits(float[] numbers) {
        int[] bits = new int[numbers.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(numbers[i]);
        }
        return bits;
    }
}
