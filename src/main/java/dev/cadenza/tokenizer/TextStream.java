package dev.cadenza.tokenizer;

/**
 * Decodes one sequence's tokens as they come. Holds back at most the first bytes of one unfinished character. Malformed bytes become U+FFFD,
 * one per maximal subpart, so that the text is the same however the bytes are spread over tokens. Constant cost per byte. Device thread only.
 *
 * @see "The Unicode Standard, section 3.9, U+FFFD Substitution of Maximal Subparts"
 */
public final class TextStream {
    private static final char REPLACEMENT = '\uFFFD';

    private final Tokenizer tokenizer;
    /** Bits of the unfinished character, how many continuation bytes it lacks, and the range of the next one. */
    private int bits;
    private int missing;
    private int lowest;
    private int highest;

    public TextStream(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** Another one that goes on from here. */
    TextStream copy() {
        TextStream copy = new TextStream(tokenizer);
        copy.bits = bits;
        copy.missing = missing;
        copy.lowest = lowest;
        copy.highest = highest;
        return copy;
    }

    /** @return the characters that the token completes, perhaps none */
    public String append(int token) {
        return append(tokenizer.bytes(token));
    }

    /** @return U+FFFD if a character is unfinished, otherwise nothing; the stream is empty afterwards */
    public String flush() {
        boolean unfinished = insideCharacter();
        missing = 0;
        return unfinished ? String.valueOf(REPLACEMENT) : "";
    }

    /** Whether bytes of an unfinished character are held back. */
    boolean insideCharacter() {
        return missing > 0;
    }

    /** Whether the next byte would belong to the unfinished character. */
    boolean continuesWith(byte next) {
        int value = next & 0xFF;
        return missing > 0 && value >= lowest && value <= highest;
    }

    String append(byte[] bytes) {
        var text = new StringBuilder(bytes.length + 1);
        for (byte next : bytes) {
            if (continuesWith(next)) {
                continueCharacter(next, text);
            } else {
                text.append(flush());
                startCharacter(next & 0xFF, text);
            }
        }
        return text.toString();
    }

    private void continueCharacter(byte next, StringBuilder text) {
        bits = bits << 6 | next & 0x3F;
        missing--;
        lowest = 0x80;
        highest = 0xBF;
        if (missing == 0) {
            text.appendCodePoint(bits);
        }
    }

    private void startCharacter(int lead, StringBuilder text) {
        if (lead < 0x80) {
            text.append((char) lead);
        } else if (lead >= 0xC2 && lead <= 0xDF) {
            expect(1, lead & 0x1F, 0x80, 0xBF);
        } else if (lead >= 0xE0 && lead <= 0xEF) {
            expect(2, lead & 0x0F, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
        } else if (lead >= 0xF0 && lead <= 0xF4) {
            expect(3, lead & 0x07, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
        } else {
            text.append(REPLACEMENT);
        }
    }

    private void expect(int continuations, int leadBits, int from, int to) {
        missing = continuations;
        bits = leadBits;
        lowest = from;
        highest = to;
    }
}
