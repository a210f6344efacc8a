package dev.cadenza.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerTextTest {
    private static final Tokenizer TOKENIZER = SmallVocabulary.tokenizer();
    private static final int HELLO = TOKENIZER.encode("hello")[0];

    @Test
    void reportsEachTokenWithItsText() {
        var answer = new AnswerText(TOKENIZER, List.of(), false);

        assertThat(answer.accept(HELLO)).isEqualTo(new Emission("hello", 1, null));
        assertThat(answer.accept('!')).isEqualTo(new Emission("!", 1, null));
        assertThat(answer.finish()).isEqualTo(new Emission("", 0, null));
        assertThatThrownBy(() -> answer.accept('!')).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theTokensOfOneCharacterCompleteTogether() {
        var answer = new AnswerText(TOKENIZER, List.of(), false);

        assertThat(answer.accept(0xC3)).isEqualTo(new Emission("", 0, null));
        assertThat(answer.accept(0xA9)).isEqualTo(new Emission("\u00E9", 2, null));
    }

    @Test
    void aBrokenCharacterEndsBeforeTheTokenThatBreaksIt() {
        // given a stop string that begins right behind the broken character
        var answer = new AnswerText(TOKENIZER, List.of("hello"), false);

        // then
        assertThat(answer.accept(0xC3)).isEqualTo(new Emission("", 0, null));
        assertThat(answer.accept(HELLO)).isEqualTo(new Emission("\uFFFD", 1, "hello"));
    }

    @Test
    void anUnfinishedCharacterIsReplacedAtTheEnd() {
        var answer = new AnswerText(TOKENIZER, List.of(), false);

        assertThat(answer.accept(0xC3)).isEqualTo(new Emission("", 0, null));
        assertThat(answer.finish()).isEqualTo(new Emission("\uFFFD", 1, null));
    }

    @Test
    void aTokenWithoutTextCompletesWithWhatPrecedesIt() {
        var answer = new AnswerText(TOKENIZER, List.of("ab"), false);

        assertThat(answer.accept(SmallVocabulary.TURN_START)).isEqualTo(new Emission("", 1, null));
        assertThat(answer.accept('a')).isEqualTo(new Emission("", 0, null));
        assertThat(answer.accept(SmallVocabulary.TURN_START)).isEqualTo(new Emission("", 0, null));
        assertThat(answer.accept('c')).isEqualTo(new Emission("ac", 3, null));
    }

    @Test
    void aTokenHeldInPartIsReportedWhenTheRestIsSent() {
        var answer = new AnswerText(TOKENIZER, List.of("ox"), false);

        assertThat(answer.accept(HELLO)).isEqualTo(new Emission("hell", 0, null));
        assertThat(answer.accept('y')).isEqualTo(new Emission("oy", 2, null));
    }

    @Test
    void aTokenCutByAStopIsReportedOnlyIfSomeOfItWasSent() {
        // given
        var inside = new AnswerText(TOKENIZER, List.of("lo"), false);
        var before = new AnswerText(TOKENIZER, List.of("hel"), false);
        var across = new AnswerText(TOKENIZER, List.of("ox"), false);

        // then
        assertThat(inside.accept(HELLO)).isEqualTo(new Emission("hel", 1, "lo"));
        assertThat(before.accept(HELLO)).isEqualTo(new Emission("", 0, "hel"));
        assertThat(across.accept(HELLO)).isEqualTo(new Emission("hell", 0, null));
        assertThat(across.accept('x')).isEqualTo(new Emission("", 1, "ox"));
    }

    @Test
    void wholeTokensLeaveWithTheirText() {
        // given
        var answer = new AnswerText(TOKENIZER, List.of("ox", "y!"), true);

        // then
        assertThat(answer.accept(HELLO)).isEqualTo(new Emission("", 0, null));
        assertThat(answer.accept('y')).isEqualTo(new Emission("hello", 1, null));
        assertThat(answer.accept(HELLO)).isEqualTo(new Emission("y", 1, null));
        assertThat(answer.accept('x')).isEqualTo(new Emission("hell", 1, "ox"));
    }

    @Test
    void aWaitingStopIsReportedAtTheEnd() {
        var answer = new AnswerText(TOKENIZER, List.of("abc", "b"), false);

        assertThat(answer.accept('a')).isEqualTo(new Emission("", 0, null));
        assertThat(answer.accept('b')).isEqualTo(new Emission("", 0, null));
        assertThat(answer.finish()).isEqualTo(new Emission("a", 1, "b"));
    }

    @Test
    void reportedTokensAreThoseWhoseTextWasSent() {
        // tokens over a tiny alphabet: letters of the stops, bytes of a character, a special, words
        int[] alphabet = {'h', 'e', 'l', 'o', HELLO, 0xC3, 0xA9, 0xF0, SmallVocabulary.TURN_START};
        List<String> choices = List.of("lo", "oh", "hello h", "\u00E9", "e\u00E9", "\uFFFD", "ohe", "h");
        Seeds.forEach(50_000, random -> {
            // given
            var stops = new ArrayList<String>();
            for (int i = random.nextInt(4); i > 0; i--) {
                stops.add(choices.get(random.nextInt(choices.size())));
            }
            int[] tokens = random.ints(random.nextInt(12), 0, alphabet.length).map(i -> alphabet[i]).toArray();
            boolean wholeTokens = random.nextBoolean();
            var answer = new AnswerText(TOKENIZER, stops, wholeTokens);
            var sent = new StringBuilder();
            int reported = 0;
            int accepted = 0;
            String stop = null;

            // when
            while (accepted < tokens.length && stop == null) {
                Emission emission = answer.accept(tokens[accepted++]);
                sent.append(emission.text());
                reported += emission.completedTokens();
                stop = emission.stop();
                if (stop == null) {
                    assertThat(reported).isEqualTo(endedBy(tokens, accepted, sent.length(), false));
                    if (wholeTokens) {
                        assertThat(sent.length()).isEqualTo(reported == 0 ? 0 : endOf(tokens, reported - 1, accepted, false));
                    }
                }
            }
            if (stop == null) {
                Emission rest = answer.finish();
                sent.append(rest.text());
                reported += rest.completedTokens();
                stop = rest.stop();
            }

            // then
            String all = decode(tokens, accepted, true);
            if (stop == null) {
                assertThat(sent.toString()).isEqualTo(all);
                assertThat(reported).isEqualTo(accepted);
                assertThat(stops).noneMatch(all::contains);
            } else {
                assertThat(all).startsWith(sent + stop);
                assertThat(stops).noneMatch(sent.toString()::contains);
                assertThat(reported).isEqualTo(startedBefore(tokens, accepted, sent.length()));
            }
        });
    }

    @Test
    void looksAheadLikeOneThatGoesThereAndStaysWhereItIs() {
        int[] alphabet = {'h', 'e', 'l', 'o', HELLO, 0xC3, 0xA9, SmallVocabulary.TURN_START};
        List<String> choices = List.of("lo", "oh", "hello h", "\u00E9", "e\u00E9", "\uFFFD", "ohe", "hel");
        Seeds.forEach(20_000, random -> {
            // given
            List<String> stops = random.ints(random.nextInt(4), 0, choices.size()).mapToObj(choices::get).toList();
            int[] tokens = random.ints(1 + random.nextInt(12), 0, alphabet.length).map(i -> alphabet[i]).toArray();
            var answer = new AnswerText(TOKENIZER, stops, random.nextBoolean());
            var undisturbed = new AnswerText(TOKENIZER, stops, false);
            int stop = 0;
            while (stop < tokens.length && undisturbed.accept(tokens[stop]).stop() == null) {
                stop++;
            }

            // when, then
            for (int at = 0; at < tokens.length && at <= stop; at++) {
                for (int to = at; to <= tokens.length; to++) {
                    assertThat(answer.endsWithin(Arrays.copyOfRange(tokens, at, to))).as("from %d to %d", at, to).isEqualTo(to > stop);
                }
                assertThat(answer.accept(tokens[at]).stop() != null).isEqualTo(at == stop);
            }
        });
    }

    /** How many tokens, from the front, end at or before a position of the text; tokens inside a character end with it. */
    private static int endedBy(int[] tokens, int accepted, int position, boolean atEnd) {
        int count = 0;
        while (count < accepted && endOf(tokens, count, accepted, atEnd) <= position) {
            count++;
        }
        return count;
    }

    private static int startedBefore(int[] tokens, int accepted, int cut) {
        int count = endedBy(tokens, accepted, cut, true);
        while (count < accepted && startOf(tokens, count, accepted) < cut) {
            count++;
        }
        return count;
    }

    /** Where the token's last byte has become text: the shortest prefix of the whole text that does not change with what follows. */
    private static int endOf(int[] tokens, int index, int accepted, boolean atEnd) {
        String settled = decode(tokens, index + 1, false);
        String flushed = decode(tokens, index + 1, true);
        if (settled.length() == flushed.length()) {
            return settled.length();
        }
        String all = decode(tokens, accepted, atEnd);
        return all.length() == settled.length() ? Integer.MAX_VALUE : settled.length() + Character.charCount(all.codePointAt(settled.length()));
    }

    /** Where the character begins that holds the token's first byte. */
    private static int startOf(int[] tokens, int index, int accepted) {
        String settled = decode(tokens, index, false);
        boolean inside = settled.length() != decode(tokens, index, true).length();
        boolean continues = !inside || TOKENIZER.bytes(tokens[index]).length == 0 || (TOKENIZER.bytes(tokens[index])[0] & 0xC0) == 0x80
                && !decode(tokens, index + 1, true).startsWith(settled + "\uFFFD\uFFFD");
        return continues ? settled.length() : settled.length() + 1;
    }

    private static String decode(int[] tokens, int count, boolean flush) {
        var stream = new TextStream(TOKENIZER);
        var text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(stream.append(tokens[i]));
        }
        return flush ? text + stream.flush() : text.toString();
    }
}
