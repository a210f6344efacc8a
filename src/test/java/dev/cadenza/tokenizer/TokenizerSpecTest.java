package dev.cadenza.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.tokenizer.TokenizerSpec.TokenKind;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenizerSpecTest {

    @Test
    void firstDifferenceIsTheSmallestIdThatStandsForSomethingElse() {
        TokenizerSpec spec = spec(TokenKind.NORMAL, "a", "b", "c");

        assertThat(spec.firstDifference(new TokenizerSpec("gpt2", "other", spec.tokens(), spec.kinds(), List.of("a b"), 0, 1, true))).isEmpty();
        assertThat(spec.firstDifference(spec(TokenKind.NORMAL, "a", "x", "y"))).hasValue(1);
        assertThat(spec.firstDifference(spec(TokenKind.CONTROL, "a", "b", "c"))).hasValue(0);
        assertThat(spec.firstDifference(spec(TokenKind.NORMAL, "a", "b"))).hasValue(2);
        assertThat(spec(TokenKind.NORMAL, "a", "b").firstDifference(spec)).hasValue(2);
    }

    private static TokenizerSpec spec(TokenKind kind, String... tokens) {
        return new TokenizerSpec("gpt2", "smollm", List.of(tokens), Collections.nCopies(tokens.length, kind), List.of(), -1, -1, false);
    }
}
