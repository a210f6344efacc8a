package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import dev.cadenza.chat.jinja.Stmt.Body;
import dev.cadenza.chat.jinja.Stmt.Target;
import dev.cadenza.chat.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Parses a template's statements. */
final class Parser {
    private static final Set<String> OTHER_TEMPLATES = Set.of("include", "import", "from", "extends");

    private final TokenStream tokens;
    private final ExpressionParser expressions;
    /** One entry per enclosing function-like body: how many loops are open in it. */
    private final Deque<Integer> loops = new ArrayDeque<>(List.of(0));
    private final Set<String> blocks = new HashSet<>();

    private Parser(List<Token> tokens) {
        this.tokens = new TokenStream(tokens);
        this.expressions = new ExpressionParser(this.tokens);
    }

    /** @throws TemplateError a syntax error, with its line */
    static Body parse(String source) {
        return new Parser(Lexer.tokens(source)).template();
    }

    private Body template() {
        Body body = statements(Set.of());
        if (!tokens.current().is(Kind.END)) {
            throw tokens.error("unexpected " + tokens.current().describe());
        }
        return body;
    }

    /** Reads up to the tag that one of these names opens, whose name is then the current token. */
    private Body statements(Set<String> ends) {
        tokens.enter();
        List<Stmt> statements = new ArrayList<>();
        while (!tokens.current().is(Kind.END)) {
            Token token = tokens.next();
            switch (token.kind()) {
                case DATA -> statements.add(new Stmt.Text(token.text()));
                case PRINT_BEGIN -> {
                    statements.add(new Stmt.Print(bounded(expressions.tuple())));
                    tokens.expect(Kind.PRINT_END);
                }
                default -> {
                    if (tokens.current().is(Kind.NAME) && ends.contains(tokens.current().text())) {
                        tokens.exit();
                        return new Body(statements);
                    }
                    statements.addAll(statement());
                    tokens.expect(Kind.BLOCK_END);
                }
            }
        }
        if (!ends.isEmpty()) {
            throw tokens.error("unexpected end of template, expected one of the tags " + ends.stream().sorted().toList());
        }
        tokens.exit();
        return new Body(statements);
    }

    /** The body of a block tag, its end tag's name included. */
    private Body block(String end) {
        Body body = openBlock(Set.of(end));
        tokens.next();
        return body;
    }

    private Body openBlock(Set<String> ends) {
        tokens.skipOperator(":");
        tokens.expect(Kind.BLOCK_END);
        return statements(ends);
    }

    /** The body of a block that is a function of its own: loop controls do not reach out of it. */
    private Body function(String end) {
        loops.push(0);
        Body body = block(end);
        loops.pop();
        return body;
    }

    private List<Stmt> statement() {
        Token tag = tokens.expect(Kind.NAME);
        return switch (tag.text()) {
            case "if" -> List.of(conditional());
            case "for" -> List.of(loop());
            case "set" -> List.of(set());
            case "macro" -> List.of(macro());
            case "call" -> List.of(callBlock());
            case "filter" -> List.of(new Stmt.FilterBlock(bounded(expressions.filterChain(new Expr.Captured())), block("endfilter")));
            case "with" -> List.of(with());
            case "generation" -> List.of(new Stmt.Scoped(function("endgeneration")));
            case "block" -> List.of(namedBlock());
            case "print" -> print();
            case "break" -> List.of(control(new Stmt.Break(), tag));
            case "continue" -> List.of(control(new Stmt.Continue(), tag));
            default -> throw unknown(tag);
        };
    }

    private TemplateError unknown(Token tag) {
        if (OTHER_TEMPLATES.contains(tag.text())) {
            return tokens.error("the tag '" + tag.text() + "' is not supported: a chat template cannot use other templates");
        }
        return tokens.error("unknown tag '" + tag.text() + "'");
    }

    private Stmt control(Stmt statement, Token tag) {
        if (loops.getFirst() == 0) {
            throw tokens.error("'" + tag.text() + "' outside a loop");
        }
        return statement;
    }

    private Stmt conditional() {
        List<Expr> tests = new ArrayList<>();
        List<Body> bodies = new ArrayList<>();
        while (true) {
            tests.add(bounded(expressions.tuple(false, null, false)));
            bodies.add(openBlock(Set.of("elif", "else", "endif")));
            String end = tokens.next().text();
            if (!end.equals("elif")) {
                Body otherwise = end.equals("else") ? block("endif") : new Body(List.of());
                return new Stmt.If(List.copyOf(tests), List.copyOf(bodies), otherwise);
            }
        }
    }

    private Stmt loop() {
        Target target = target(false, "in");
        if (assigns(target, "loop")) {
            throw tokens.error("can't assign to special loop variable in for-loop target");
        }
        tokens.expectName("in");
        Expr items = bounded(expressions.tuple(false, "recursive", false));
        Expr test = tokens.skipName("if") ? bounded(expressions.expression()) : null;
        boolean recursive = tokens.skipName("recursive");
        loops.push(loops.pop() + 1);
        Body body = openBlock(Set.of("endfor", "else"));
        loops.push(loops.pop() - 1);
        Body otherwise = tokens.next().text().equals("else") ? block("endfor") : new Body(List.of());
        return new Stmt.For(target, items, test, recursive, body, otherwise);
    }

    private static boolean assigns(Target target, String name) {
        return switch (target) {
            case Target.Variable variable -> variable.name().equals(name);
            case Target.Member _ -> false;
            case Target.Unpacked unpacked -> unpacked.targets().stream().anyMatch(part -> assigns(part, name));
        };
    }

    private Stmt set() {
        Target target = target(true, null);
        if (assigns(target, "loop") && loops.stream().anyMatch(open -> open > 0)) {
            throw tokens.error("can't assign to special loop variable");
        }
        if (tokens.skipOperator("=")) {
            return new Stmt.Set(target, bounded(expressions.tuple()));
        }
        Expr filter = tokens.skipOperator("|") ? bounded(expressions.filterChain(new Expr.Captured())) : new Expr.Captured();
        return new Stmt.SetBlock(target, filter, block("endset"));
    }

    private Target target(boolean namespaces, String endName) {
        List<Target> targets = new ArrayList<>();
        boolean isTuple = false;
        while (!tokens.current().is(Kind.BLOCK_END) && !tokens.current().isOperator(")") && !(endName != null && tokens.current().isName(endName))) {
            targets.add(singleTarget(namespaces));
            if (!tokens.skipOperator(",")) {
                break;
            }
            isTuple = true;
        }
        if (targets.isEmpty()) {
            throw tokens.error("expected a name to assign to, got " + tokens.current().describe());
        }
        return isTuple ? new Target.Unpacked(List.copyOf(targets)) : targets.getFirst();
    }

    private Target singleTarget(boolean namespaces) {
        if (tokens.skipOperator("(")) {
            tokens.enter();
            Target inner = target(false, null);
            tokens.exit();
            tokens.expectOperator(")");
            return inner;
        }
        String name = targetName();
        if (namespaces && tokens.skipOperator(".")) {
            return new Target.Member(name, tokens.expect(Kind.NAME).text());
        }
        return new Target.Variable(name);
    }

    private String targetName() {
        String name = tokens.expect(Kind.NAME).text();
        if (Set.of("true", "false", "none", "True", "False", "None").contains(name)) {
            throw tokens.error("can't assign to '" + name + "'");
        }
        return name;
    }

    private Stmt macro() {
        String name = targetName();
        Parameters parameters = parameters();
        Body body = function("endmacro");
        return new Stmt.Macro(name, signature(parameters, body), body);
    }

    private Stmt callBlock() {
        Parameters parameters = tokens.current().isOperator("(") ? parameters() : new Parameters(List.of(), List.of());
        if (!(bounded(expressions.expression()) instanceof Expr.Call call)) {
            throw tokens.error("expected a call");
        }
        Body body = function("endcall");
        return new Stmt.CallBlock(signature(parameters, body), call, body);
    }

    private record Parameters(List<String> names, List<Expr> defaults) {
    }

    private Parameters parameters() {
        tokens.expectOperator("(");
        List<String> names = new ArrayList<>();
        List<Expr> defaults = new ArrayList<>();
        while (!tokens.current().isOperator(")")) {
            if (!names.isEmpty()) {
                tokens.expectOperator(",");
            }
            String name = targetName();
            if (names.contains(name)) {
                throw tokens.error("duplicate parameter '" + name + "'");
            }
            names.add(name);
            if (tokens.skipOperator("=")) {
                defaults.add(bounded(expressions.expression()));
            } else if (!defaults.isEmpty()) {
                throw tokens.error("non-default argument follows default argument");
            }
        }
        tokens.expectOperator(")");
        return new Parameters(List.copyOf(names), List.copyOf(defaults));
    }

    private Stmt.Signature signature(Parameters parameters, Body body) {
        Set<String> read = Undeclared.among(body, Set.of("caller", "varargs", "kwargs"));
        int caller = parameters.names().indexOf("caller");
        if (read.contains("caller") && caller >= 0 && caller < parameters.names().size() - parameters.defaults().size()) {
            throw tokens.error("the special argument 'caller' must be omitted or have a default");
        }
        return new Stmt.Signature(parameters.names(), parameters.defaults(), read.contains("caller"),
                read.contains("varargs") && !parameters.names().contains("varargs"),
                read.contains("kwargs") && !parameters.names().contains("kwargs"));
    }

    private Stmt with() {
        List<Target> targets = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (!tokens.current().is(Kind.BLOCK_END)) {
            if (!targets.isEmpty()) {
                tokens.expectOperator(",");
            }
            targets.add(target(false, null));
            tokens.expectOperator("=");
            values.add(bounded(expressions.expression()));
        }
        return new Stmt.With(List.copyOf(targets), List.copyOf(values), block("endwith"));
    }

    private Stmt namedBlock() {
        String name = tokens.expect(Kind.NAME).text();
        if (!blocks.add(name)) {
            throw tokens.error("block '" + name + "' defined twice");
        }
        boolean scoped = tokens.skipName("scoped");
        if (tokens.skipName("required")) {
            throw tokens.error("required blocks are not supported: a chat template has no parent");
        }
        Body body = function("endblock");
        tokens.skipName(name);
        return new Stmt.Block(name, scoped, body);
    }

    private List<Stmt> print() {
        List<Stmt> prints = new ArrayList<>();
        while (!tokens.current().is(Kind.BLOCK_END)) {
            if (!prints.isEmpty()) {
                tokens.expectOperator(",");
            }
            prints.add(new Stmt.Print(bounded(expressions.expression())));
        }
        return prints;
    }

    /** Refuses a tree that later recursive passes could not walk. */
    private Expr bounded(Expr expression) {
        record Place(Expr expression, int depth) {
        }
        Deque<Place> open = new ArrayDeque<>(List.of(new Place(expression, 1)));
        while (!open.isEmpty()) {
            Place place = open.pop();
            if (place.depth() > Limits.TREE_DEPTH) {
                throw tokens.error("an expression nests deeper than " + Limits.TREE_DEPTH + " operations");
            }
            place.expression().operands().forEach(operand -> open.push(new Place(operand, place.depth() + 1)));
        }
        return expression;
    }
}
