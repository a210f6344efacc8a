package dev.cadenza.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TextStreamTest {
    private static final Tokenizer TOKENIZER = SmallVocabulary.tokenizer();

    @Test
    void neverEmitsHalfACharacter() {
        // given
        var stream = new TextStream(TOKENIZER);

        // when the four bytes of a rocket come one by one
        String early = stream.append(0xF0) + stream.append(0x9F) + stream.append(0x9A);
        String late = stream.append(0x80);

        // then
        assertThat(early).isEmpty();
        assertThat(late).isEqualTo("\uD83D\uDE80");
        assertThat(stream.flush()).isEmpty();
    }

    @Test
    void oneReplacementPerMaximalSubpart() {
        // expected values: Python's bytes.decode("utf-8", "replace")
        assertThat(decode(0xF0, 0x9F, 0x9A)).isEqualTo("\uFFFD");
        assertThat(decode(0xF0, 0x9F, 'x')).isEqualTo("\uFFFDx");
        assertThat(decode(0xE0, 0x80, 'x')).isEqualTo("\uFFFD\uFFFDx");
        assertThat(decode(0xED, 0xA0, 0x80)).isEqualTo("\uFFFD\uFFFD\uFFFD");
        assertThat(decode(0xC0, 0xAF)).isEqualTo("\uFFFD\uFFFD");
        assertThat(decode(0xF4, 0x90, 0x80, 0x80)).isEqualTo("\uFFFD\uFFFD\uFFFD\uFFFD");
        assertThat(decode(0xF1, 0x80, 0xF1, 0x80, 0x80, 0x80)).isEqualTo("\uFFFD" + Character.toString(0x40000));
        assertThat(decode(0xE2, 0x82, 0xE2, 0x82, 0xAC)).isEqualTo("\uFFFD\u20AC");
    }

    private static String decode(int... bytes) {
        var stream = new TextStream(TOKENIZER);
        var text = new StringBuilder();
        for (int value : bytes) {
            text.append(stream.append(value));
        }
        return text + stream.flush();
    }

    @Test
    void specialTokensAreSilentAndUserDefinedOnesAreNot() {
        var stream = new TextStream(TOKENIZER);

        assertThat(stream.append(SmallVocabulary.TURN_START)).isEmpty();
        assertThat(stream.append(SmallVocabulary.THINK)).isEqualTo("<think>");
    }

    @Test
    void anySplitGivesTheOneShotText() {
        // few values, so that every kind of sequence, good and bad, is met often
        byte[] alphabet = bytes('a', 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF);
        Seeds.forEach(20_000, random -> {
            // given
            byte[] all = new byte[random.nextInt(16)];
            for (int i = 0; i < all.length; i++) {
                all[i] = alphabet[random.nextInt(alphabet.length)];
            }

            // when
            var stream = new TextStream(TOKENIZER);
            var text = new StringBuilder();
            for (int from = 0; from < all.length;) {
                int to = Math.min(all.length, from + random.nextInt(5));
                text.append(stream.append(Arrays.copyOfRange(all, from, to)));
                from = to;
            }
            text.append(stream.flush());

            // then
            assertThat(text.toString()).as(Arrays.toString(all)).isEqualTo(oneShot(all));
        });
    }

    @Test
    void randomTokensGiveTheOneShotText() {
        Seeds.forEach(500, random -> {
            // given
            var all = new ByteArrayOutputStream();
            var stream = new TextStream(TOKENIZER);
            var text = new StringBuilder();

            // when
            for (int i = 0; i < 50; i++) {
                int token = random.nextInt(TOKENIZER.vocabulary());
                all.writeBytes(TOKENIZER.bytes(token));
                text.append(stream.append(token));
            }
            text.append(stream.flush());

            // then
            assertThat(text.toString()).isEqualTo(oneShot(all.toByteArray()));
        });
    }

    /** Longest valid prefix of a character, by trial: independent of both the class under test and the JDK's own handling of malformed input. */
    private static String oneShot(byte[] all) {
        var text = new StringBuilder();
        for (int at = 0; at < all.length;) {
            int length = 1;
            String character = "\uFFFD";
            for (int candidate = 1; candidate <= 4 && at + candidate <= all.length; candidate++) {
                String valid = strict(Arrays.copyOfRange(all, at, at + candidate));
                if (valid != null) {
                    length = candidate;
                    character = valid;
                    break;
                }
                if (isTruncated(Arrays.copyOfRange(all, at, at + candidate))) {
                    length = candidate;
                }
            }
            text.append(character);
            at += length;
        }
        return text.toString();
    }

    private static boolean isTruncated(byte[] start) {
        for (int fill : new int[] {0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF}) {
            for (int length = start.length + 1; length <= 4; length++) {
                byte[] whole = Arrays.copyOf(start, length);
                Arrays.fill(whole, start.length, length, (byte) fill);
                if (strict(whole) != null) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String strict(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT).decode(ByteBuffer.wrap(bytes)).toString();
            return text.codePointCount(0, text.length()) == 1 ? text : null;
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }
}
