package dev.cadenza.scheduler;

import dev.cadenza.engine.Engine;
import dev.cadenza.engine.Shape;
import dev.cadenza.tokenizer.Tokenizer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * The running batch of one model, on a device thread of its own, which makes the engine, is the only one to touch it, and closes it at the end;
 * so with the engine of a draft model, where there is one. Thread-safe.
 */
public final class ContinuousBatchingScheduler implements Scheduler {
    /** For the step that runs when the drain limit ends, and for closing the engine. */
    private static final Duration LAST_STEP = Duration.ofSeconds(10);
    private static final System.Logger LOG = System.getLogger(ContinuousBatchingScheduler.class.getName());

    private final Callable<? extends Engine> factory;
    /** {@code null}: there is no draft model. */
    private final Callable<? extends Engine> draftFactory;
    private final Future<? extends Tokenizer> tokenizer;
    private final SchedulerSettings settings;
    private final Inbox inbox;
    private final Counters counters = new Counters();
    private final CompletableFuture<Engine> started = new CompletableFuture<>();
    private final Thread deviceThread;
    private final Engine engine;

    /**
     * Starts the device thread and waits until the engine is there.
     *
     * @param engine    called once, on the device thread
     * @param tokenizer not closed
     * @throws EngineFailure the engine could not be made
     */
    public ContinuousBatchingScheduler(Callable<? extends Engine> engine, Tokenizer tokenizer, SchedulerSettings settings)
            throws EngineFailure, InterruptedException {
        this(engine, CompletableFuture.completedFuture(tokenizer), settings);
    }

    /**
     * The same with a tokenizer that is made while the engine is.
     *
     * @throws EngineFailure the engine or the tokenizer could not be made
     */
    public ContinuousBatchingScheduler(Callable<? extends Engine> engine, Future<? extends Tokenizer> tokenizer, SchedulerSettings settings)
            throws EngineFailure, InterruptedException {
        this(engine, Optional.empty(), tokenizer, settings);
    }

    /**
     * The same with a second, smaller model that may draft, on the same thread.
     *
     * @param draftEngine called once, behind {@code engine}, on the device thread
     * @throws EngineFailure an engine or the tokenizer could not be made, or the vocabularies differ
     */
    public ContinuousBatchingScheduler(Callable<? extends Engine> engine, Optional<? extends Callable<? extends Engine>> draftEngine,
            Future<? extends Tokenizer> tokenizer, SchedulerSettings settings) throws EngineFailure, InterruptedException {
        this.factory = engine;
        this.draftFactory = draftEngine.orElse(null);
        this.tokenizer = tokenizer;
        this.settings = settings;
        this.inbox = new Inbox(settings.queueCapacity(), settings.maxRunning());
        this.deviceThread = Thread.ofPlatform().name("cadenza-device").start(this::runDevice);
        try {
            this.engine = started.get();
        } catch (ExecutionException e) {
            throw new EngineFailure("the engine could not be made: " + e.getCause().getMessage(), e.getCause());
        }
    }

    /** Of the engine. */
    public Shape shape() {
        return engine.shape();
    }

    /**
     * Whether the costs of steps have been measured, as far as the engine lets them; until then a guess decides how much is drafted. They are measured
     * while nothing runs; stays false where the settings forbid it. Any thread.
     */
    public boolean stepCostsKnown() {
        return counters.stepCostsKnown();
    }

    @Override
    public void requireRoom(int choices) throws QueueFull, ShuttingDown {
        inbox.requireRoom(choices);
    }

    @Override
    public Ticket submit(GenerationRequest request, GenerationListener listener) throws QueueFull, NeverFits, ShuttingDown {
        Shape shape = engine.shape();
        int positions = Math.addExact(request.prompt().length + request.strategy().mostMorePrompt(), request.maxTokens());
        if (positions > shape.context()) {
            throw new IllegalArgumentException("prompt and answer of %d tokens exceed the context of %d".formatted(positions, shape.context()));
        }
        int slots = Math.min(shape.context(), positions + request.strategy().reservedNodes());
        if (!engine.couldOpen(slots)) {
            throw new NeverFits("prompt and answer of up to %d tokens need %d bytes of KV cache, there are %d".formatted(positions,
                    positions * shape.bytesPerSlot(), shape.kvBytes()));
        }
        ActiveRequest active = new ActiveRequest(request, listener, inbox);
        inbox.submit(active);
        return active;
    }

    @Override
    public SchedulerStatistics statistics() {
        long kept = counters.keptBytes();
        return new SchedulerStatistics(counters.running(), inbox.waiting(), Math.max(0, engine.kvBytesUsed() - kept), engine.shape().kvBytes(),
                counters.steps.get(), counters.promptTokens.get(), counters.generatedTokens.get(), counters.drafted.get(), counters.accepted.get(),
                kept, counters.reusedTokens.get());
    }

    @Override
    public boolean alive(Duration within) {
        return deviceThread.isAlive() && counters.roundWithin(within, System.nanoTime());
    }

    @Override
    public void shutdown(Duration drain) {
        inbox.stop(System.nanoTime() + drain.toNanos());
        if (Thread.currentThread() == deviceThread) {
            return;
        }
        try {
            if (!deviceThread.join(drain.plus(LAST_STEP))) {
                LOG.log(System.Logger.Level.ERROR, "event=device_thread_stuck: a step does not return; end the process");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void runDevice() {
        try (Engine made = factory.call(); Engine draft = draftFactory == null ? null : draftFactory.call()) {
            ModelLoop loop = new ModelLoop(new Engines(made, draft), tokenizer.get(), settings, inbox, counters, System::nanoTime);
            counters.round(System.nanoTime(), 0);
            started.complete(made);
            Throwable end = new ShuttingDown("the server shut down before the answer was complete");
            try {
                loop.run();
            } catch (InterruptedException | RuntimeException | Error e) {
                LOG.log(System.Logger.Level.ERROR, "event=device_thread_died: restart the server and report this", e);
                end = e;
            } finally {
                loop.abort(end);
                abortUntaken(end);
            }
        } catch (Exception | Error e) {
            if (!started.completeExceptionally(e)) {
                LOG.log(System.Logger.Level.ERROR, "event=engine_close_failed: native memory may be lost until the process ends", e);
            }
        }
    }

    private void abortUntaken(Throwable cause) {
        for (Inbox.Command command : inbox.close()) {
            if (command instanceof Inbox.Command.Submit(ActiveRequest request)) {
                inbox.waitingChanged(-request.request().choices());
                request.failed(cause);
            }
        }
    }
}
