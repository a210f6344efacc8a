package dev.cadenza.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Takes blocks of one format apart; the formats are described at {@link WeightType}. One thread. */
final class BlockDecoder {
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt FOUR_BYTES = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong EIGHT_BYTES = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final long LOW_NIBBLES = 0x0F0F0F0F0F0F0F0FL;
    /** What takes eight from a nibble. */
    private static final int MIDDLES = 0x88888888;
    private static final int GROUP = 32;
    private static final int K_GROUPS = 8;
    private static final int K_SCALES = 4;
    private static final int K_QUANTS = 16;

    private final WeightType type;
    private final MemorySegment from;
    /** A block's bytes in an array, which loops read faster. */
    private final byte[] raw;
    private final int[] codes;
    private final float[] values;

    /** @param from whole blocks */
    BlockDecoder(WeightType type, MemorySegment from) {
        this.type = type;
        this.from = from;
        raw = new byte[type.blockElements()];
        codes = new int[type.blockElements()];
        values = new float[type.blockElements()];
    }

    /**
     * @param at first byte of a block
     * @return its elements; the array is used again by the next call
     */
    float[] values(long at) {
        unpack(at);
        switch (type) {
            case Q4_0, Q5_0, Q8_0 -> symmetric(0, GROUP, half(at), type.middle());
            case Q4_1, Q5_1 -> affine(0, half(at), half(at + 2));
            case Q4_K, Q5_K -> scaledGroups(at);
            case Q6_K -> {
                for (int group = 0; group < 16; group++) {
                    symmetric(16 * group, 16, sixBitScale(at, group), type.middle());
                }
            }
            case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no blocks");
        }
        return values;
    }

    /** Reads a block's codes as they are stored. */
    private void unpack(long at) {
        switch (type) {
            case Q4_0 -> nibbles(at + 2, GROUP / 2, 0);
            case Q4_1 -> nibbles(at + 4, GROUP / 2, 0);
            case Q5_0 -> {
                nibbles(at + 6, GROUP / 2, 0);
                fifthBits(at + 2);
            }
            case Q5_1 -> {
                nibbles(at + 8, GROUP / 2, 0);
                fifthBits(at + 4);
            }
            case Q8_0 -> {
                MemorySegment.copy(from, ValueLayout.JAVA_BYTE, at + 2, raw, 0, codes.length);
                for (int i = 0; i < codes.length; i++) {
                    codes[i] = raw[i];
                }
            }
            case Q4_K -> pairsOfGroups(at + K_QUANTS);
            case Q5_K -> {
                pairsOfGroups(at + K_QUANTS + GROUP);
                fifthBitsOfGroups(at + K_QUANTS);
            }
            case Q6_K -> sixBits(at);
            case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no blocks");
        }
    }

    /**
     * Writes a block's codes, scales and bases: element i is {@code scale * code + base}, with scale and base of its group.
     *
     * @param at    first byte of a block
     * @param words receives the codes from word {@code word} on, the first of a word in its highest bits
     * @param group where the scale and base of its first group go
     */
    void groups(long at, int[] words, int word, float[] scales, float[] bases, int group) {
        switch (type) {
            case Q4_0 -> nibbleWords(at + 2, GROUP / 2, words, word);
            case Q4_1 -> nibbleWords(at + 4, GROUP / 2, words, word);
            case Q4_K -> {
                for (int pair = 0; pair < K_GROUPS / 2; pair++) {
                    nibbleWords(at + K_QUANTS + pair * GROUP, GROUP, words, word + pair * GROUP / 4);
                }
            }
            case Q8_0 -> {
                for (int i = 0; i < GROUP / 4; i++) {
                    words[word + i] = from.get(FOUR_BYTES, at + 2 + 4 * i);
                }
            }
            case Q5_0, Q5_1, Q5_K, Q6_K -> codeWords(at, words, word);
            case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no codes");
        }
        scales(at, scales, bases, group);
    }

    private void scales(long at, float[] scales, float[] bases, int group) {
        int middle = type.middle();
        int count = type.blockElements() / type.group();
        for (int g = 0; g < count; g++) {
            bases[group + g] = 0;
            switch (type) {
                case Q4_0, Q5_0, Q8_0 -> scales[group + g] = half(at);
                case Q4_1, Q5_1 -> {
                    scales[group + g] = half(at);
                    bases[group + g] = half(at + 2) + middle * scales[group + g];
                }
                case Q4_K, Q5_K -> {
                    scales[group + g] = half(at) * scale(at + K_SCALES, g);
                    bases[group + g] = middle * scales[group + g] - half(at + 2) * minimum(at + K_SCALES, g);
                }
                case Q6_K -> scales[group + g] = sixBitScale(at, g);
                case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no blocks");
            }
        }
    }

    private void codeWords(long at, int[] words, int word) {
        unpack(at);
        int perWord = Integer.SIZE / type.codeBits();
        int mask = (1 << type.codeBits()) - 1;
        for (int i = 0; i < codes.length; i += perWord) {
            int together = 0;
            for (int code = i; code < i + perWord; code++) {
                together = together << type.codeBits() | codes[code] - type.middle() & mask;
            }
            words[word + i / perWord] = together;
        }
    }

    /** As {@link #nibbles}, less their middle, in words. */
    private void nibbleWords(long at, int count, int[] words, int word) {
        for (int i = 0; i < count / 8; i++) {
            long bytes = from.get(EIGHT_BYTES, at + 8 * i);
            words[word + i] = together(bytes & LOW_NIBBLES) ^ MIDDLES;
            words[word + count / 8 + i] = together(bytes >>> 4 & LOW_NIBBLES) ^ MIDDLES;
        }
    }

    /** The low nibbles of eight bytes, in their order. */
    private static int together(long nibbles) {
        long pairs = (nibbles | nibbles >>> 4) & 0x00FF00FF00FF00FFL;
        long fours = (pairs | pairs >>> 8) & 0x0000FFFF0000FFFFL;
        return (int) (fours | fours >>> 16);
    }

    /** Low nibbles of {@code count} bytes become the codes from {@code first} on, high nibbles those behind them. */
    private void nibbles(long at, int count, int first) {
        MemorySegment.copy(from, ValueLayout.JAVA_BYTE, at, raw, 0, count);
        for (int i = 0; i < count; i++) {
            codes[first + i] = raw[i] & 15;
        }
        for (int i = 0; i < count; i++) {
            codes[first + count + i] = raw[i] >> 4 & 15;
        }
    }

    private void fifthBits(long at) {
        for (int i = 0; i < codes.length; i++) {
            codes[i] |= (from.get(ValueLayout.JAVA_BYTE, at + i / 8) >> i % 8 & 1) << 4;
        }
    }

    private void pairsOfGroups(long at) {
        for (int pair = 0; pair < K_GROUPS / 2; pair++) {
            nibbles(at + pair * GROUP, GROUP, 2 * pair * GROUP);
        }
    }

    private void fifthBitsOfGroups(long at) {
        for (int i = 0; i < codes.length; i++) {
            codes[i] |= (from.get(ValueLayout.JAVA_BYTE, at + i % GROUP) >> i / GROUP & 1) << 4;
        }
    }

    private void sixBits(long at) {
        long upper = at + 128;
        for (int part = 0; part < 2; part++) {
            nibbles(at + 64 * part, 64, 128 * part);
        }
        for (int i = 0; i < codes.length; i++) {
            int within = i % 128;
            codes[i] |= (from.get(ValueLayout.JAVA_BYTE, upper + i / 128 * 32 + within % 32) >> 2 * (within / 32) & 3) << 4;
        }
    }

    private float sixBitScale(long at, int group) {
        return half(at + 208) * from.get(ValueLayout.JAVA_BYTE, at + 192 + group);
    }

    private void scaledGroups(long at) {
        for (int group = 0; group < K_GROUPS; group++) {
            affine(group * GROUP, half(at) * scale(at + K_SCALES, group), -(half(at + 2) * minimum(at + K_SCALES, group)));
        }
    }

    /** Of 12 bytes 0..3 hold six bits of groups 0..3, and in their upper bits bits 4 and 5 of groups 4..7, whose bits 0..3 are in bytes 8..11. */
    private int scale(long at, int group) {
        return group < 4 ? unsigned(at + group) & 63 : unsigned(at + 4 + group) & 15 | unsigned(at + group - 4) >> 6 << 4;
    }

    /** As the scales, from bytes 4..7 and the upper nibbles of 8..11. */
    private int minimum(long at, int group) {
        return group < 4 ? unsigned(at + 4 + group) & 63 : unsigned(at + 4 + group) >> 4 | unsigned(at + group) >> 6 << 4;
    }

    private void symmetric(int first, int count, float scale, int middle) {
        for (int i = first; i < first + count; i++) {
            values[i] = scale * (codes[i] - middle);
        }
    }

    private void affine(int first, float scale, float minimum) {
        for (int i = first; i < first + GROUP; i++) {
            values[i] = scale * codes[i] + minimum;
        }
    }

    private int unsigned(long at) {
        return Byte.toUnsignedInt(from.get(ValueLayout.JAVA_BYTE, at));
    }

    private float half(long at) {
        return Float.float16ToFloat(from.get(HALF, at));
    }
}
