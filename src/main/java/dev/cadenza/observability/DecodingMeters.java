package dev.cadenza.observability;

import dev.cadenza.scheduler.Finish;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What each strategy did, with each kind of draft. Their names are part of the API: dashboards depend on them. Thread-safe. */
@Singleton
final class DecodingMeters {
    private static final String NO_DRAFT = "none";
    private static final double NANOS_PER_SECOND = 1e9;

    private final MeterRegistry registry;
    private final Map<Tags, Counters> counters = new ConcurrentHashMap<>();
    private final Map<Choice, Counter> choices = new ConcurrentHashMap<>();

    DecodingMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * A request was taken in.
     *
     * @param reason of the strategy: one of a few words, or names a rule of the configuration
     */
    void accepted(String strategy, String reason) {
        choices.computeIfAbsent(new Choice(strategy, reason), this::register).increment();
    }

    private Counter register(Choice choice) {
        return Counter.builder("cadenza.decoding.choices").description("Requests taken in, by the strategy chosen for them and why")
                .tags("strategy", choice.strategy, "reason", choice.reason).register(registry);
    }

    /**
     * A choice is complete.
     *
     * @param first whether it is its request's first to be
     * @param nanos from its first text to now
     */
    void finished(Finish finish, boolean first, long nanos) {
        Counters of = counters.computeIfAbsent(new Tags(finish.strategy(), finish.draft().orElse(NO_DRAFT)), this::register);
        of.requests.increment(first ? 1 : 0);
        of.tokens.increment(finish.completionTokens());
        of.steps.increment(finish.steps());
        of.drafted.increment(finish.drafted());
        of.accepted.increment(finish.accepted());
        of.seconds.increment(nanos / NANOS_PER_SECOND);
        if (first) {
            finish.route().ifPresent(route -> Counter.builder("cadenza.decoding.routes")
                    .description("Requests answered, by the class that their questions were asked as").tags("route", route).register(registry).increment());
        }
    }

    private Counters register(Tags tags) {
        return new Counters(counter(tags, "requests", "Requests answered"), counter(tags, "tokens", "Tokens generated"),
                counter(tags, "steps", "Engine steps after the prefill, counted for each answer that had a row"),
                counter(tags, "drafted", "Draft tokens verified"), counter(tags, "accepted", "Draft tokens kept"),
                counter(tags, "seconds", "Time from the first text of an answer to its end"));
    }

    private Counter counter(Tags tags, String what, String description) {
        return Counter.builder("cadenza.decoding." + what).description(description).tags("strategy", tags.strategy, "draft", tags.draft)
                .register(registry);
    }

    private record Choice(String strategy, String reason) {
    }

    private record Tags(String strategy, String draft) {
    }

    private record Counters(Counter requests, Counter tokens, Counter steps, Counter drafted, Counter accepted, Counter seconds) {
    }
}
