package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import dev.cadenza.chat.jinja.Stmt.Body;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** A compiled template. Immutable; any thread, any number at once. */
public final class Template {
    private final Body body;
    private final ScopeAnalysis.Facts facts;
    private final Limits limits;

    private Template(Body body, ScopeAnalysis.Facts facts, Limits limits) {
        this.body = body;
        this.facts = facts;
        this.limits = limits;
    }

    /** @throws TemplateError the source is not a valid template, or uses other templates */
    public static Template compile(String source) {
        return compile(source, Limits.DEFAULT);
    }

    /** @throws TemplateError the source is not a valid template, or uses other templates */
    public static Template compile(String source, Limits limits) {
        try {
            Body body = Parser.parse(source);
            return new Template(body, ScopeAnalysis.of(body), limits);
        } catch (StackOverflowError smallStack) {
            throw new TemplateError("the template nests too deep for the stack of the thread that compiles it");
        }
    }

    /** Names that the template takes from its caller if they are there; its built-in functions are left out. */
    public Set<String> variables() {
        return facts.free().stream().filter(name -> !Globals.NAMES.contains(name)).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * @param variables strings, numbers, booleans, {@code null} as none, lists and maps of these; a name that is absent is undefined
     * @param now       what the template's {@code strftime_now} tells
     * @throws TemplateError the template fails, raises an exception of its own or exceeds a limit
     */
    public String render(Map<String, ?> variables, LocalDateTime now) {
        try {
            return rendered(variables, now);
        } catch (StackOverflowError smallStack) {
            throw new TemplateError("the template nests too deep for the stack of the thread that renders it");
        }
    }

    private String rendered(Map<String, ?> variables, LocalDateTime now) {
        Meter meter = new Meter(limits);
        Evaluator evaluator = new Evaluator(meter);
        Scope outside = new Scope(null);
        new Globals(evaluator.walker(), now).defineIn(outside);
        Values values = new Values(evaluator.walker());
        variables.forEach((name, value) -> outside.set(name, values.of(value)));
        return new Renderer(facts.own(), evaluator).render(body, outside);
    }
}
