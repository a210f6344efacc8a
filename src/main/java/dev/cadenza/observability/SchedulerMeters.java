package dev.cadenza.observability;

import dev.cadenza.scheduler.Scheduler;
import dev.cadenza.scheduler.SchedulerStatistics;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.function.ToDoubleFunction;

/** The scheduler's statistics as metrics. Their names are part of the API: dashboards depend on them. */
@Singleton
public final class SchedulerMeters {
    private static final SchedulerStatistics NOTHING = new SchedulerStatistics(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private final ServingState state;
    private final MeterRegistry registry;

    SchedulerMeters(ServingState state, MeterRegistry registry) {
        this.state = state;
        this.registry = registry;
    }

    void register(@Observes StartupEvent event) {
        gauge("cadenza.sequences.running", "Sequences that hold KV memory", SchedulerStatistics::running);
        gauge("cadenza.sequences.waiting", "Sequences in the queue", SchedulerStatistics::waiting);
        gauge("cadenza.kv.bytes.used", "KV bytes reserved by sequences", SchedulerStatistics::kvBytesUsed);
        gauge("cadenza.kv.bytes.cached", "KV bytes of kept prefixes, which give way to sequences", SchedulerStatistics::kvBytesCached);
        gauge("cadenza.kv.bytes.budget", "KV bytes that sequences may reserve", SchedulerStatistics::kvBytesTotal);
        counter("cadenza.engine.steps", "Engine steps", SchedulerStatistics::steps);
        counter("cadenza.tokens.prompt", "Prompt tokens computed", SchedulerStatistics::promptTokens);
        counter("cadenza.prefix.tokens.reused", "Prompt tokens found in KV memory instead of computed", SchedulerStatistics::reusedTokens);
        counter("cadenza.tokens.generated", "Tokens delivered", SchedulerStatistics::generatedTokens);
        counter("cadenza.tokens.drafted", "Draft tokens verified", SchedulerStatistics::drafted);
        counter("cadenza.tokens.accepted", "Draft tokens kept", SchedulerStatistics::accepted);
    }

    private void gauge(String name, String description, ToDoubleFunction<SchedulerStatistics> value) {
        Gauge.builder(name, this, meters -> value.applyAsDouble(meters.statistics())).description(description).strongReference(true).register(registry);
    }

    private void counter(String name, String description, ToDoubleFunction<SchedulerStatistics> value) {
        FunctionCounter.builder(name, this, meters -> value.applyAsDouble(meters.statistics())).description(description).register(registry);
    }

    private SchedulerStatistics statistics() {
        return state.scheduler().map(Scheduler::statistics).orElse(NOTHING);
    }
}
