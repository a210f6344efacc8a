package dev.cadenza.api;

import dev.cadenza.api.error.ApiException;
import dev.cadenza.api.error.ApiProblem;
import dev.cadenza.observability.ServingState;
import dev.cadenza.scheduler.Scheduler;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Lets requests through to the model when it is there: loading, ready, draining. Thread-safe. */
@Singleton
public final class ModelGate implements ServingState {
    private static final Logger LOG = Logger.getLogger(ModelGate.class);
    private static final Duration LAST_BYTES = Duration.ofSeconds(2);

    private final CadenzaConfig config;
    private final ModelLoader loader;
    private final Event<ModelReady> ready;
    private final InFlight inFlight;
    private volatile State state = new Loading();

    ModelGate(CadenzaConfig config, ModelLoader loader, Event<ModelReady> ready, InFlight inFlight) {
        this.config = config;
        this.loader = loader;
        this.ready = ready;
        this.inFlight = inFlight;
    }

    /** The model, ready for requests. @throws ApiException 503 while it loads or the server drains */
    public ServedModel model() {
        return switch (state) {
            case Ready(var model) -> model;
            case Loading _ -> throw new ApiException(new ApiProblem.ModelLoading(config.api().retryAfter()));
            case Draining _ -> throw new ApiException(new ApiProblem.Draining(config.api().retryAfter()));
        };
    }

    @Override
    public Optional<Scheduler> scheduler() {
        return switch (state) {
            case Ready(var model) -> Optional.of(model.scheduler());
            case Draining(var model) -> Optional.of(model.scheduler());
            case Loading _ -> Optional.empty();
        };
    }

    void load(@Observes StartupEvent event) {
        Thread.ofPlatform().name("model-loading").daemon().start(this::load);
    }

    private void load() {
        long start = System.nanoTime();
        try {
            ServedModel model = loader.load();
            state = new Ready(model);
            LOG.infof("model_ready model=%s context=%d precision=%s fingerprint=%s loadMs=%d", model.id(), model.context(), model.precision(),
                    model.fingerprint(), (System.nanoTime() - start) / 1_000_000);
            ready.fire(new ModelReady(model));
        } catch (Exception | LinkageError | OutOfMemoryError cause) {
            LOG.errorf(LOG.isDebugEnabled() ? cause : null, "model_failed model=%s cause=%s; the server stops", config.model().id(), cause.getMessage());
            Quarkus.asyncExit(1);
        }
    }

    /** Comes while HTTP still answers: new requests get 503, running ones finish within the limit. */
    void drain(@Observes ShutdownDelayInitiatedEvent event) throws InterruptedException {
        drain();
    }

    /** For stops that come without notice. */
    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        drain();
    }

    private void drain() throws InterruptedException {
        if (state instanceof Ready(var model)) {
            state = new Draining(model);
            LOG.infof("draining answers=%d limit=%s", inFlight.count(), config.scheduler().drain());
            model.scheduler().shutdown(config.scheduler().drain());
            boolean all = inFlight.awaitNone(LAST_BYTES);
            model.tokenizer().close();
            LOG.infof("drained unfinished=%d", all ? 0 : inFlight.count());
        }
    }

    private sealed interface State {
    }

    private record Loading() implements State {
    }

    private record Ready(ServedModel model) implements State {
    }

    private record Draining(ServedModel model) implements State {
    }
}
