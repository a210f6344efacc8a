package dev.cadenza.cli.probe;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What answers say, freed from how they say it. */
final class AnswerText {
    /** A minus counts where nothing is subtracted from; commas count between groups of three digits. */
    private static final Pattern NUMBER = Pattern.compile("(?<![\\w.])-?(?:\\d{1,3}(?:,\\d{3})+(?!\\d)|\\d+)(?:\\.\\d+)?");
    private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");

    private AnswerText() {
    }

    /** In order; equal numbers are equal whatever zeros follow their point. */
    static List<BigDecimal> numbers(String text) {
        return NUMBER.matcher(text).results().map(MatchResult::group).map(number -> plain(new BigDecimal(number.replace(",", "")))).toList();
    }

    private static BigDecimal plain(BigDecimal number) {
        BigDecimal stripped = number.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }

    /** In small letters, one space between two. */
    static String words(String text) {
        return NO_WORD.matcher(text.toLowerCase(Locale.ROOT)).replaceAll(" ").strip();
    }

    /** What an answer comes to: its last number, or the words of its last line with any. */
    static String conclusion(String text) {
        List<BigDecimal> numbers = numbers(text);
        if (!numbers.isEmpty()) {
            return numbers.getLast().toPlainString();
        }
        return text.lines().map(AnswerText::words).filter(line -> !line.isEmpty()).reduce("", (_, line) -> line);
    }
}
