package dev.cadenza.tokenizer;

import java.util.List;

/**
 * Finds the first stop string in a text that comes in pieces. Holds back only a live prefix: the longest suffix of the text so far that
 * begins some stop string. Of several matches the one that starts earliest wins, of those with one start the shortest; so a match waits
 * while a stop string that began before it may still complete. The outcome depends on the text alone, not on its pieces.
 * <p>
 * Pieces are well-formed UTF-16 (as {@link TextStream} gives them), so a stop string with an unpaired surrogate can never occur and is
 * passed over. Linear in the text whatever the stop strings. One sequence's; device thread only.
 *
 * @see "Knuth, Morris, Pratt 1977, Fast pattern matching in strings"
 */
public final class StopMatcher {
    private static final long NOWHERE = Long.MAX_VALUE;

    private final List<Pattern> patterns;
    /** Characters read, and those let out, since the start. */
    private long read;
    private long sent;
    /** The best match so far; decided when no pattern that began before it is alive. */
    private long matchStart = NOWHERE;
    private String match;
    private boolean finished;

    /**
     * @param text what may be sent now
     * @param stop the stop string found, then nothing follows; otherwise {@code null}
     */
    public record Result(String text, String stop) {
    }

    /** @param stops not empty strings; @throws IllegalArgumentException one is empty */
    public StopMatcher(List<String> stops) {
        if (stops.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("a stop string must not be empty");
        }
        patterns = stops.stream().filter(StopMatcher::isWellFormed).distinct().map(Pattern::new).toList();
    }

    private StopMatcher(StopMatcher other) {
        patterns = other.patterns.stream().map(Pattern::new).toList();
        read = other.read;
        sent = other.sent;
        matchStart = other.matchStart;
        match = other.match;
        finished = other.finished;
    }

    /** Another one that goes on from here. */
    StopMatcher copy() {
        return new StopMatcher(this);
    }

    private static boolean isWellFormed(String stop) {
        return stop.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    /** @throws IllegalStateException the text has ended */
    public Result accept(String piece) {
        requireRunning();
        String held = held();
        for (int i = 0; i < piece.length(); i++) {
            read++;
            char next = piece.charAt(i);
            for (Pattern pattern : patterns) {
                if (pattern.completesWith(next) && read - pattern.length() < matchStart) {
                    matchStart = read - pattern.length();
                    match = pattern.text;
                }
            }
            if (match != null && earliestAlive() >= matchStart) {
                return stopped(held, piece);
            }
        }
        return new Result(send(held, piece, earliestAlive()), null);
    }

    /** Ends the text: lets out what is held, or reports the match that was waiting. @throws IllegalStateException the text has ended */
    public Result finish() {
        requireRunning();
        String held = held();
        if (match != null) {
            return stopped(held, "");
        }
        finished = true;
        return new Result(send(held, "", read), null);
    }

    private void requireRunning() {
        if (finished) {
            throw new IllegalStateException("the text has ended");
        }
    }

    private Result stopped(String held, String piece) {
        finished = true;
        return new Result(send(held, piece, matchStart), match);
    }

    /** Where the longest live prefix begins; the end of the text when there is none. */
    private long earliestAlive() {
        return read - longestAlive();
    }

    private int longestAlive() {
        int longest = 0;
        for (Pattern pattern : patterns) {
            longest = Math.max(longest, pattern.matched);
        }
        return longest;
    }

    /** What was read and not sent. It is a prefix of the longest live pattern, so it needs no buffer. */
    private String held() {
        int longest = longestAlive();
        for (Pattern pattern : patterns) {
            if (pattern.matched == longest) {
                return pattern.text.substring(0, longest);
            }
        }
        return "";
    }

    /** Lets out the text up to a position; {@code held} and {@code piece} are what follows the position already sent. */
    private String send(String held, String piece, long upTo) {
        int count = (int) (upTo - sent);
        sent = upTo;
        return count <= held.length() ? held.substring(0, count) : held + piece.substring(0, count - held.length());
    }

    private static final class Pattern {
        private final String text;
        /** For each proper prefix length but 0, the length of the prefix's longest proper suffix that is a prefix too. */
        private final int[] border;
        private int matched;

        Pattern(String text) {
            this.text = text;
            border = new int[text.length()];
            int length = 0;
            for (int end = 1; end < text.length() - 1; end++) {
                length = extend(length, text.charAt(end));
                border[end + 1] = length;
            }
        }

        Pattern(Pattern other) {
            text = other.text;
            border = other.border;
            matched = other.matched;
        }

        int length() {
            return text.length();
        }

        /** Reads a character. After a match the pattern begins anew: another match of it would start later, so it could not win. */
        boolean completesWith(char next) {
            matched = extend(matched, next);
            boolean complete = matched == text.length();
            if (complete) {
                matched = 0;
            }
            return complete;
        }

        private int extend(int prefix, char next) {
            int length = prefix;
            while (length > 0 && text.charAt(length) != next) {
                length = border[length];
            }
            return text.charAt(length) == next ? length + 1 : 0;
        }
    }
}
