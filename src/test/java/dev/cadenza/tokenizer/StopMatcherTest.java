package dev.cadenza.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.tokenizer.StopMatcher.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopMatcherTest {

    @Test
    void holdsOnlyALivePrefix() {
        // given
        var matcher = new StopMatcher(List.of("STOP"));

        // then
        assertThat(matcher.accept("go ST")).isEqualTo(new Result("go ", null));
        assertThat(matcher.accept("A")).isEqualTo(new Result("STA", null));
        assertThat(matcher.accept("S")).isEqualTo(new Result("", null));
        assertThat(matcher.finish()).isEqualTo(new Result("S", null));
    }

    @Test
    void findsAStopAcrossPieces() {
        var matcher = new StopMatcher(List.of("\n\n", "User:"));

        assertThat(matcher.accept("ok\nUs")).isEqualTo(new Result("ok\n", null));
        assertThat(matcher.accept("er: and more")).isEqualTo(new Result("", "User:"));
        assertThatThrownBy(() -> matcher.accept("x")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(matcher::finish).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aMatchWaitsForAnEarlierOne() {
        assertThat(run(List.of("abcd", "bc"), "xabcd")).isEqualTo(new Result("x", "abcd"));
        assertThat(run(List.of("abcd", "bc"), "xabce")).isEqualTo(new Result("xa", "bc"));
        assertThat(run(List.of("abcd", "bc"), "xabc")).isEqualTo(new Result("xa", "bc"));
        assertThat(run(List.of("abcd", "ab"), "xabcd")).isEqualTo(new Result("x", "ab"));
    }

    private static Result run(List<String> stops, String text) {
        var matcher = new StopMatcher(stops);
        Result result = matcher.accept(text);
        if (result.stop() != null) {
            return result;
        }
        Result last = matcher.finish();
        return new Result(result.text() + last.text(), last.stop());
    }

    @Test
    void passesEverythingWithoutStops() {
        assertThat(new StopMatcher(List.of()).accept("abc")).isEqualTo(new Result("abc", null));
    }

    @Test
    void neverCutsACharacter() {
        // given half of the pair D83D DE80, as a JSON escape can produce it
        var matcher = new StopMatcher(List.of("\uD83D", "\uDE80"));

        // then
        assertThat(matcher.accept("a\uD83D\uDE80")).isEqualTo(new Result("a\uD83D\uDE80", null));
    }

    @Test
    void refusesAnEmptyStop() {
        assertThatThrownBy(() -> new StopMatcher(List.of("a", ""))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void agreesWithTheNaiveSearchWhateverThePieces() {
        Seeds.forEach(100_000, random -> {
            // given
            var stops = new ArrayList<String>();
            for (int i = random.nextInt(5); i > 0; i--) {
                stops.add(word(random, 1 + random.nextInt(5)));
            }
            String text = word(random, random.nextInt(16));

            // when
            var matcher = new StopMatcher(stops);
            var sent = new StringBuilder();
            String stop = null;
            int read = 0;
            while (read < text.length() && stop == null) {
                int to = Math.min(text.length(), read + random.nextInt(4));
                Result result = matcher.accept(text.substring(read, to));
                read = to;
                sent.append(result.text());
                stop = result.stop();
                if (stop == null) {
                    assertThat(sent.length()).as("sent of \"%s\", stops %s", text.substring(0, read), stops)
                            .isEqualTo(read - longestLivePrefix(stops, text.substring(0, read)));
                }
            }
            if (stop == null) {
                Result last = matcher.finish();
                sent.append(last.text());
                stop = last.stop();
            }

            // then
            Result expected = naive(stops, text);
            assertThat(new Result(sent.toString(), stop)).as("text \"%s\", stops %s", text, stops).isEqualTo(expected);
        });
    }

    /** A whole stop is not live any more, unless a longer one begins with it. */
    private static int longestLivePrefix(List<String> stops, String text) {
        for (int from = 0; from < text.length(); from++) {
            String suffix = text.substring(from);
            if (stops.stream().anyMatch(stop -> stop.length() > suffix.length() && stop.startsWith(suffix))) {
                return suffix.length();
            }
        }
        return 0;
    }

    private static Result naive(List<String> stops, String text) {
        for (int from = 0; from < text.length(); from++) {
            for (int to = from + 1; to <= text.length(); to++) {
                if (stops.contains(text.substring(from, to))) {
                    return new Result(text.substring(0, from), text.substring(from, to));
                }
            }
        }
        return new Result(text, null);
    }

    private static String word(Random random, int length) {
        var word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append(random.nextInt(3) == 0 ? 'b' : 'a');
        }
        return word.toString();
    }

    @Test
    void longStopsCostInProportionToTheText() {
        // given stops that almost match everywhere
        String run = "a".repeat(10_000);
        var matcher = new StopMatcher(List.of(run + "b", run + "c", run + "ab", run + "ac"));
        int pieces = 500_000;

        // when
        long start = System.nanoTime();
        int sent = 0;
        for (int i = 0; i < pieces; i++) {
            sent += matcher.accept("a").text().length();
        }
        Result last = matcher.finish();
        double seconds = (System.nanoTime() - start) / 1e9;

        // then
        assertThat(sent + last.text().length()).isEqualTo(pieces);
        assertThat(seconds).as("seconds for %d pieces", pieces).isLessThan(20);
    }
}
