package dev.cadenza.scheduler;

import dev.cadenza.decoding.TokenTraits;
import dev.cadenza.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;

/** Traits read off the tokens' texts. Any thread. */
record TokenTexts(Tokenizer tokenizer) implements TokenTraits {
    private static final String CLAUSE_ENDS = ".,?!:;)]}\n";
    /** What may stand between a clause's end and the token's. */
    private static final String CLOSING = " \"'\u201d\u2019";

    @Override
    public boolean ends(int token) {
        return tokenizer.endTokens().contains(token);
    }

    @Override
    public boolean endsClause(int token) {
        String text = new String(tokenizer.bytes(token), StandardCharsets.UTF_8);
        int last = text.length() - 1;
        while (last >= 0 && CLOSING.indexOf(text.charAt(last)) >= 0) {
            last--;
        }
        return last >= 0 && CLAUSE_ENDS.indexOf(text.charAt(last)) >= 0;
    }
}
