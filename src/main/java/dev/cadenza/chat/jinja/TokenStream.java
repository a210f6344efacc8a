package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.List;

/** A cursor over tokens, with the bound on nesting that keeps a recursive parser off the end of its stack. */
final class TokenStream {
    private final List<Token> tokens;
    private int at;
    private int depth;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(at);
    }

    Token ahead() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = current();
        if (at < tokens.size() - 1) {
            at++;
        }
        return token;
    }

    boolean skipOperator(String operator) {
        boolean found = current().isOperator(operator);
        if (found) {
            next();
        }
        return found;
    }

    boolean skipName(String name) {
        boolean found = current().isName(name);
        if (found) {
            next();
        }
        return found;
    }

    Token expect(Token.Kind kind) {
        if (!current().is(kind)) {
            throw error("expected " + kind.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ') + ", got " + current().describe());
        }
        return next();
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw error("expected '" + operator + "', got " + current().describe());
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw error("expected '" + name + "', got " + current().describe());
        }
    }

    void enter() {
        if (++depth > Limits.PARSE_DEPTH) {
            throw error("nested deeper than " + Limits.PARSE_DEPTH + " levels");
        }
    }

    void exit() {
        depth--;
    }

    TemplateError error(String message) {
        return new TemplateError("template line " + current().line() + ": " + message);
    }
}
