package dev.cadenza.tokenizer;

import java.util.Arrays;

/**
 * The alphabet of byte-level BPE: one printable character per byte. Bytes that are printable in Latin-1 stand for themselves, the others
 * take the characters from U+0100 on, in byte order. Immutable; any thread.
 *
 * @see "GPT-2, Radford et al. 2019, section 2.2"
 */
final class ByteAlphabet {
    private static final int NONE = -1;
    private static final int[] BYTE_OF = new int[0x100 + 68];

    static {
        Arrays.fill(BYTE_OF, NONE);
        int next = 0x100;
        for (int value = 0; value < 256; value++) {
            boolean printable = value > ' ' && value < 0x7F || value > 0xA0 && value != 0xAD;
            BYTE_OF[printable ? value : next++] = value;
        }
    }

    private ByteAlphabet() {
    }

    /** @return the bytes that {@code text} spells, {@code null} when it has a character outside the alphabet */
    static byte[] bytes(String text) {
        byte[] bytes = new byte[text.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = text.charAt(i);
            if (c >= BYTE_OF.length || BYTE_OF[c] == NONE) {
                return null;
            }
            bytes[i] = (byte) BYTE_OF[c];
        }
        return bytes;
    }
}
