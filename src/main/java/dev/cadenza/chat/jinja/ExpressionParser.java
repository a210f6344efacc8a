package dev.cadenza.chat.jinja;

import dev.cadenza.chat.jinja.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Parses expressions by recursive descent, one method per level of precedence, lowest first. */
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", ">", ">=", "<", "<=");

    private final TokenStream tokens;

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
    }

    Expr expression() {
        tokens.enter();
        Expr value = or();
        while (tokens.skipName("if")) {
            Expr test = or();
            Expr otherwise = tokens.skipName("else") ? expression() : null;
            value = new Expr.Conditional(test, value, otherwise);
        }
        tokens.exit();
        return value;
    }

    /** An expression, or a tuple written without parentheses. */
    Expr tuple() {
        return tuple(true, null, false);
    }

    /** @param endName a name that ends the tuple, or {@code null} */
    Expr tuple(boolean conditional, String endName, boolean emptyAllowed) {
        List<Expr> items = new ArrayList<>();
        boolean isTuple = false;
        while (!tupleEnds(endName)) {
            items.add(conditional ? expression() : or());
            if (!tokens.skipOperator(",")) {
                break;
            }
            isTuple = true;
        }
        if (!isTuple && items.size() == 1) {
            return items.getFirst();
        }
        if (items.isEmpty() && !emptyAllowed) {
            throw tokens.error("expected an expression, got " + tokens.current().describe());
        }
        return new Expr.Elements(List.copyOf(items), true);
    }

    private boolean tupleEnds(String endName) {
        Token token = tokens.current();
        return token.is(Kind.PRINT_END) || token.is(Kind.BLOCK_END) || token.isOperator(")") || endName != null && token.isName(endName);
    }

    private Expr or() {
        Expr left = and();
        while (tokens.skipName("or")) {
            left = new Expr.Logic(false, left, and());
        }
        return left;
    }

    private Expr and() {
        Expr left = not();
        while (tokens.skipName("and")) {
            left = new Expr.Logic(true, left, not());
        }
        return left;
    }

    private Expr not() {
        if (!tokens.skipName("not")) {
            return comparison();
        }
        tokens.enter();
        Expr operand = not();
        tokens.exit();
        return new Expr.Not(operand);
    }

    private Expr comparison() {
        Expr first = sum();
        List<String> operators = new ArrayList<>();
        List<Expr> others = new ArrayList<>();
        for (String operator = comparator(); operator != null; operator = comparator()) {
            operators.add(operator);
            others.add(sum());
        }
        return operators.isEmpty() ? first : new Expr.Compare(first, List.copyOf(operators), List.copyOf(others));
    }

    private String comparator() {
        Token token = tokens.current();
        if (token.is(Kind.OPERATOR) && COMPARISONS.contains(token.text())) {
            return tokens.next().text();
        }
        if (tokens.skipName("in")) {
            return "in";
        }
        if (token.isName("not") && tokens.ahead().isName("in")) {
            tokens.next();
            tokens.next();
            return "not in";
        }
        return null;
    }

    private Expr sum() {
        Expr left = concat();
        while (tokens.current().isOperator("+") || tokens.current().isOperator("-")) {
            left = new Expr.Binary(tokens.next().text(), left, concat());
        }
        return left;
    }

    private Expr concat() {
        Expr first = product();
        if (!tokens.current().isOperator("~")) {
            return first;
        }
        List<Expr> parts = new ArrayList<>(List.of(first));
        while (tokens.skipOperator("~")) {
            parts.add(product());
        }
        return new Expr.Concat(List.copyOf(parts));
    }

    private Expr product() {
        Expr left = power();
        while (tokens.current().is(Kind.OPERATOR) && Set.of("*", "/", "//", "%").contains(tokens.current().text())) {
            left = new Expr.Binary(tokens.next().text(), left, power());
        }
        return left;
    }

    private Expr power() {
        Expr left = unary(true);
        while (tokens.skipOperator("**")) {
            left = new Expr.Binary("**", left, unary(true));
        }
        return left;
    }

    private Expr unary(boolean filters) {
        Expr value;
        if (tokens.current().isOperator("-") || tokens.current().isOperator("+")) {
            boolean negative = tokens.next().text().equals("-");
            tokens.enter();
            value = new Expr.Sign(unary(false), negative);
            tokens.exit();
        } else {
            value = primary();
        }
        value = postfix(value);
        return filters ? filtersAndTests(value) : value;
    }

    Expr primary() {
        Token token = tokens.current();
        switch (token.kind()) {
            case NAME -> {
                tokens.next();
                return name(token.text());
            }
            case STRING -> {
                StringBuilder text = new StringBuilder();
                while (tokens.current().is(Kind.STRING)) {
                    text.append(tokens.next().text());
                }
                return new Expr.Const(Value.text(text.toString()));
            }
            case INTEGER -> {
                tokens.next();
                return new Expr.Const(integer(token.text()));
            }
            case FLOAT -> {
                tokens.next();
                return new Expr.Const(new Value.Real(Double.parseDouble(token.text())));
            }
            case OPERATOR -> {
                return bracketed(token);
            }
            default -> throw tokens.error("unexpected " + token.describe());
        }
    }

    private static Expr name(String name) {
        return switch (name) {
            case "true", "True" -> new Expr.Const(Value.Bool.TRUE);
            case "false", "False" -> new Expr.Const(Value.Bool.FALSE);
            case "none", "None" -> new Expr.Const(Value.None.NONE);
            default -> new Expr.Name(name);
        };
    }

    private Value integer(String digits) {
        if (digits.length() > Limits.INT_DIGITS) {
            throw tokens.error("an integer has more than " + Limits.INT_DIGITS + " digits");
        }
        String prefix = digits.length() > 2 ? digits.substring(0, 2).toLowerCase(java.util.Locale.ROOT) : "";
        return new Value.Int(switch (prefix) {
            case "0x" -> new BigInteger(digits.substring(2), 16);
            case "0o" -> new BigInteger(digits.substring(2), 8);
            case "0b" -> new BigInteger(digits.substring(2), 2);
            default -> new BigInteger(digits);
        });
    }

    private Expr bracketed(Token token) {
        return switch (token.text()) {
            case "(" -> {
                tokens.next();
                Expr inner = tuple(true, null, true);
                tokens.expectOperator(")");
                yield inner;
            }
            case "[" -> {
                tokens.next();
                List<Expr> items = new ArrayList<>();
                while (!tokens.current().isOperator("]")) {
                    items.add(expression());
                    if (!tokens.skipOperator(",")) {
                        break;
                    }
                }
                tokens.expectOperator("]");
                yield new Expr.Elements(List.copyOf(items), false);
            }
            case "{" -> pairs();
            default -> throw tokens.error("unexpected " + token.describe());
        };
    }

    private Expr pairs() {
        tokens.next();
        List<Expr> keys = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (!tokens.current().isOperator("}")) {
            keys.add(expression());
            tokens.expectOperator(":");
            values.add(expression());
            if (!tokens.skipOperator(",")) {
                break;
            }
        }
        tokens.expectOperator("}");
        return new Expr.Pairs(List.copyOf(keys), List.copyOf(values));
    }

    private Expr postfix(Expr start) {
        Expr value = start;
        while (true) {
            if (tokens.skipOperator(".")) {
                Token name = tokens.current();
                value = name.is(Kind.INTEGER) ? new Expr.Item(value, new Expr.Const(integer(tokens.next().text())))
                        : new Expr.Attribute(value, tokens.expect(Kind.NAME).text());
            } else if (tokens.skipOperator("[")) {
                value = subscript(value);
            } else if (tokens.current().isOperator("(")) {
                value = new Expr.Call(value, parameters());
            } else {
                return value;
            }
        }
    }

    private Expr subscript(Expr owner) {
        List<Expr> keys = new ArrayList<>();
        boolean isTuple = false;
        while (!tokens.current().isOperator("]")) {
            Expr start = tokens.current().isOperator(":") ? null : expression();
            if (tokens.skipOperator(":")) {
                if (isTuple) {
                    throw tokens.error("a slice among several subscripts");
                }
                Expr slice = slice(owner, start);
                tokens.expectOperator("]");
                return slice;
            }
            keys.add(start);
            if (!tokens.skipOperator(",")) {
                break;
            }
            isTuple = !tokens.current().isOperator("]") || isTuple;
        }
        tokens.expectOperator("]");
        return new Expr.Item(owner, keys.size() == 1 ? keys.getFirst() : new Expr.Elements(List.copyOf(keys), true));
    }

    private Expr slice(Expr owner, Expr start) {
        Expr stop = sliceBound();
        Expr step = tokens.skipOperator(":") ? sliceBound() : null;
        return new Expr.Slice(owner, start, stop, step);
    }

    private Expr sliceBound() {
        return tokens.current().isOperator(":") || tokens.current().isOperator("]") ? null : expression();
    }

    Expr.Parameters parameters() {
        tokens.expectOperator("(");
        List<Expr> positional = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        List<Expr> named = new ArrayList<>();
        Expr star = null;
        Expr doubleStar = null;
        while (!tokens.current().isOperator(")")) {
            boolean starred = star != null || doubleStar != null;
            if (tokens.skipOperator("*")) {
                ensureCallSyntax(!starred);
                star = expression();
            } else if (tokens.skipOperator("**")) {
                ensureCallSyntax(doubleStar == null);
                doubleStar = expression();
            } else if (tokens.current().is(Kind.NAME) && tokens.ahead().isOperator("=")) {
                ensureCallSyntax(doubleStar == null && names.add(tokens.next().text()));
                tokens.next();
                named.add(expression());
            } else {
                ensureCallSyntax(!starred && names.isEmpty());
                positional.add(expression());
            }
            if (!tokens.skipOperator(",")) {
                break;
            }
        }
        tokens.expectOperator(")");
        return new Expr.Parameters(List.copyOf(positional), List.copyOf(names), List.copyOf(named), star, doubleStar);
    }

    private void ensureCallSyntax(boolean valid) {
        if (!valid) {
            throw tokens.error("invalid syntax for function call expression");
        }
    }

    private Expr filtersAndTests(Expr start) {
        Expr value = start;
        while (true) {
            if (tokens.current().isOperator("|")) {
                tokens.next();
                value = filter(value);
            } else if (tokens.current().isName("is")) {
                tokens.next();
                value = test(value);
            } else if (tokens.current().isOperator("(")) {
                value = new Expr.Call(value, parameters());
            } else {
                return value;
            }
        }
    }

    /** Parses filters, the first one's {@code |} already read, up to the last one of the chain. */
    Expr filterChain(Expr input) {
        Expr value = filter(input);
        while (tokens.skipOperator("|")) {
            value = filter(value);
        }
        return value;
    }

    private Expr filter(Expr input) {
        int line = tokens.current().line();
        String name = dottedName();
        return new Expr.Filter(input, name, tokens.current().isOperator("(") ? parameters() : Expr.Parameters.NONE, line);
    }

    private String dottedName() {
        StringBuilder name = new StringBuilder(tokens.expect(Kind.NAME).text());
        while (tokens.skipOperator(".")) {
            name.append('.').append(tokens.expect(Kind.NAME).text());
        }
        return name.toString();
    }

    private Expr test(Expr input) {
        boolean negated = tokens.skipName("not");
        int line = tokens.current().line();
        String name = dottedName();
        Expr.Parameters parameters = Expr.Parameters.NONE;
        if (tokens.current().isOperator("(")) {
            parameters = parameters();
        } else if (startsTestOperand(tokens.current())) {
            if (tokens.current().isName("is")) {
                throw tokens.error("tests cannot be chained with is");
            }
            parameters = new Expr.Parameters(List.of(postfix(primary())), List.of(), List.of(), null, null);
        }
        Expr test = new Expr.Test(input, name, parameters, line);
        return negated ? new Expr.Not(test) : test;
    }

    private static boolean startsTestOperand(Token token) {
        return switch (token.kind()) {
            case NAME -> !Set.of("else", "or", "and").contains(token.text());
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            default -> false;
        };
    }
}
