package dev.cadenza.tokenizer;

import java.util.ArrayDeque;
import java.util.List;

/**
 * The text of one answer: tokens in, text that may be sent out, and which tokens that text accounts for. Device thread only.
 * <p>
 * Tokens are reported in their order, each at most once, when:
 * <ul>
 * <li>all of the token's text has been sent; the text of a token with a part of a character goes up to that character's end;</li>
 * <li>a token without text: all text before it has been sent;</li>
 * <li>a stop string ends the answer: also the token whose text was sent in part. Tokens without sent text that start at or behind the cut
 * are never reported, except one without text right at the cut;</li>
 * <li>the answer finishes without a stop string: all the rest.</li>
 * </ul>
 * On request text leaves in whole tokens: each emission's text is exactly that of the tokens reported with it, at the price of holding back the
 * beginning of a token in which a stop string may begin.
 */
public final class AnswerText {
    private final Tokenizer tokenizer;
    private final TextStream stream;
    private final StopMatcher matcher;
    private final boolean wholeTokens;
    /** Tokens not reported: first those whose characters are complete, then the ones that end inside the unfinished character. */
    private final ArrayDeque<Span> whole = new ArrayDeque<>();
    private final ArrayDeque<Long> halfStarts = new ArrayDeque<>();
    /** Characters decoded, free of stop strings, and of reported tokens since the start. */
    private long decoded;
    private long sent;
    private long reported;
    /** Free text of a token that is not reported; only with whole tokens. */
    private final StringBuilder partOfToken = new StringBuilder();

    private record Span(long start, long end) {
    }

    /**
     * @param stops       not empty strings
     * @param wholeTokens whether text leaves in whole tokens
     */
    public AnswerText(Tokenizer tokenizer, List<String> stops, boolean wholeTokens) {
        this.tokenizer = tokenizer;
        this.wholeTokens = wholeTokens;
        stream = new TextStream(tokenizer);
        matcher = new StopMatcher(stops);
    }

    /** @throws IllegalStateException the answer has ended */
    public Emission accept(int token) {
        byte[] bytes = tokenizer.bytes(token);
        boolean wasInside = stream.insideCharacter();
        boolean shares = wasInside && (bytes.length == 0 || stream.continuesWith(bytes[0]));
        String piece = stream.append(bytes);
        long start = decoded;
        if (wasInside && !piece.isEmpty()) {
            long end = decoded + Character.charCount(piece.codePointAt(0));
            closeHalves(end);
            start = shares ? decoded : end;
        }
        decoded += piece.length();
        if (stream.insideCharacter()) {
            halfStarts.add(start);
        } else {
            whole.add(new Span(start, decoded));
        }
        return emission(matcher.accept(piece));
    }

    /** Whether a stop string ends the answer within these tokens, should they come next. Changes nothing. */
    public boolean endsWithin(int[] next) {
        TextStream ahead = stream.copy();
        StopMatcher behind = matcher.copy();
        for (int token : next) {
            if (behind.accept(ahead.append(token)).stop() != null) {
                return true;
            }
        }
        return false;
    }

    /** Ends the answer. An unfinished character becomes U+FFFD. @throws IllegalStateException the answer has ended */
    public Emission finish() {
        String rest = stream.flush();
        decoded += rest.length();
        closeHalves(decoded);
        StopMatcher.Result last = matcher.accept(rest);
        if (last.stop() != null) {
            return emission(last);
        }
        StopMatcher.Result held = matcher.finish();
        return emission(new StopMatcher.Result(last.text() + held.text(), held.stop()));
    }

    private void closeHalves(long end) {
        while (!halfStarts.isEmpty()) {
            whole.add(new Span(halfStarts.remove(), end));
        }
    }

    private Emission emission(StopMatcher.Result result) {
        sent += result.text().length();
        int completed = 0;
        while (!whole.isEmpty() && whole.peek().end() <= sent) {
            reported = whole.remove().end();
            completed++;
        }
        if (result.stop() != null) {
            completed += startedBefore(sent);
            reported = sent;
        }
        return new Emission(wholeTokens ? reportedText(result.text()) : result.text(), completed, result.stop());
    }

    private String reportedText(String free) {
        partOfToken.append(free);
        int length = partOfToken.length() - (int) (sent - reported);
        String text = partOfToken.substring(0, length);
        partOfToken.delete(0, length);
        return text;
    }

    private int startedBefore(long cut) {
        long started = whole.stream().filter(span -> span.start() < cut).count();
        return (int) (started + halfStarts.stream().filter(start -> start < cut).count());
    }
}
