package dev.cadenza.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Encodes floats in every readable format by plain rounding, about as well as a simple quantiser does. For tests. */
public final class BlockQuantiser {

    private BlockQuantiser() {
    }

    /** @param values whole blocks */
    public static byte[] encode(WeightType type, float[] values) {
        ByteBuffer out = ByteBuffer.allocate((int) type.bytes(values.length)).order(ByteOrder.LITTLE_ENDIAN);
        var block = new float[type.blockElements()];
        for (int at = 0; at < values.length; at += block.length) {
            System.arraycopy(values, at, block, 0, block.length);
            switch (type) {
                case F32 -> out.putFloat(block[0]);
                case F16 -> out.putShort(Float.floatToFloat16(block[0]));
                case BF16 -> out.putShort((short) (Float.floatToRawIntBits(block[0]) + 0x8000 >> 16));
                case Q4_0 -> symmetric(block, 8, out);
                case Q4_1 -> affine(block, 15, out);
                case Q5_0 -> symmetric(block, 16, out);
                case Q5_1 -> affine(block, 31, out);
                case Q8_0 -> bytes(block, out);
                case Q4_K -> scaledGroups(block, 15, out);
                case Q5_K -> scaledGroups(block, 31, out);
                case Q6_K -> sixBits(block, out);
            }
        }
        return out.array();
    }

    private static void symmetric(float[] block, int middle, ByteBuffer out) {
        float d = half(largest(block, 0, block.length) / -middle, out);
        var codes = new int[block.length];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = code(block[i], d, -middle * d, 2 * middle - 1);
        }
        fifthBits(codes, middle > 8, out);
        nibbles(codes, 0, codes.length, out);
    }

    private static void affine(float[] block, int top, ByteBuffer out) {
        float least = least(block, 0, block.length);
        float d = half((greatest(block, 0, block.length) - least) / top, out);
        float m = half(least, out);
        var codes = new int[block.length];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = code(block[i], d, m, top);
        }
        fifthBits(codes, top > 15, out);
        nibbles(codes, 0, codes.length, out);
    }

    private static void bytes(float[] block, ByteBuffer out) {
        float d = half(Math.abs(largest(block, 0, block.length)) / 127, out);
        for (float value : block) {
            out.put((byte) (code(value, d, -127 * d, 254) - 127));
        }
    }

    private static void scaledGroups(float[] block, int top, ByteBuffer out) {
        var scales = new float[8];
        var minima = new float[8];
        for (int group = 0; group < 8; group++) {
            minima[group] = Math.max(0, -least(block, 32 * group, 32));
            scales[group] = Math.max(0, greatest(block, 32 * group, 32) + minima[group]) / top;
        }
        float d = half(greatest(scales, 0, 8) / 63, out);
        float e = half(greatest(minima, 0, 8) / 63, out);
        var codes = new int[block.length];
        var s = new int[8];
        var m = new int[8];
        for (int group = 0; group < 8; group++) {
            s[group] = code(scales[group], d, 0, 63);
            m[group] = code(minima[group], e, 0, 63);
            for (int i = 32 * group; i < 32 * group + 32; i++) {
                codes[i] = code(block[i], d * s[group], -e * m[group], top);
            }
        }
        for (int i = 0; i < 4; i++) {
            out.put((byte) (s[i] | s[i + 4] >> 4 << 6));
        }
        for (int i = 0; i < 4; i++) {
            out.put((byte) (m[i] | m[i + 4] >> 4 << 6));
        }
        for (int i = 4; i < 8; i++) {
            out.put((byte) (s[i] & 15 | (m[i] & 15) << 4));
        }
        if (top > 15) {
            for (int i = 0; i < 32; i++) {
                int bits = 0;
                for (int group = 0; group < 8; group++) {
                    bits |= codes[32 * group + i] >> 4 << group;
                }
                out.put((byte) bits);
            }
        }
        for (int first = 0; first < 256; first += 64) {
            nibbles(codes, first, 64, out);
        }
    }

    private static void sixBits(float[] block, ByteBuffer out) {
        var scales = new float[16];
        for (int group = 0; group < 16; group++) {
            scales[group] = largest(block, 16 * group, 16) / -32;
        }
        float d = Float.float16ToFloat(Float.floatToFloat16(largest(scales, 0, 16) / -128));
        var codes = new int[256];
        var s = new int[16];
        for (int group = 0; group < 16; group++) {
            s[group] = code(scales[group], d, -128 * d, 255) - 128;
            for (int i = 16 * group; i < 16 * group + 16; i++) {
                codes[i] = code(block[i], d * s[group], -32 * d * s[group], 63);
            }
        }
        nibbles(codes, 0, 128, out);
        nibbles(codes, 128, 128, out);
        for (int first = 0; first < 256; first += 128) {
            for (int i = first; i < first + 32; i++) {
                out.put((byte) (codes[i] >> 4 | codes[i + 32] >> 4 << 2 | codes[i + 64] >> 4 << 4 | codes[i + 96] >> 4 << 6));
            }
        }
        for (int scale : s) {
            out.put((byte) scale);
        }
        half(d, out);
    }

    private static void nibbles(int[] codes, int first, int count, ByteBuffer out) {
        for (int i = first; i < first + count / 2; i++) {
            out.put((byte) (codes[i] & 15 | (codes[i + count / 2] & 15) << 4));
        }
    }

    private static void fifthBits(int[] codes, boolean wanted, ByteBuffer out) {
        if (wanted) {
            int bits = 0;
            for (int i = 0; i < codes.length; i++) {
                bits |= codes[i] >> 4 << i;
            }
            out.putInt(bits);
        }
    }

    private static int code(float value, float scale, float minimum, int top) {
        return scale == 0 ? 0 : Math.clamp(Math.round((value - minimum) / scale), 0, top);
    }

    private static float half(float value, ByteBuffer out) {
        short half = Float.floatToFloat16(value);
        out.putShort(half);
        return Float.float16ToFloat(half);
    }

    /** The value furthest from zero. */
    private static float largest(float[] values, int from, int count) {
        float least = least(values, from, count);
        float greatest = greatest(values, from, count);
        return -least > greatest ? least : greatest;
    }

    private static float least(float[] values, int from, int count) {
        float least = values[from];
        for (int i = from; i < from + count; i++) {
            least = Math.min(least, values[i]);
        }
        return least;
    }

    private static float greatest(float[] values, int from, int count) {
        float greatest = values[from];
        for (int i = from; i < from + count; i++) {
            greatest = Math.max(greatest, values[i]);
        }
        return greatest;
    }
}
