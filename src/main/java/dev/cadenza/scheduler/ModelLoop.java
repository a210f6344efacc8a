package dev.cadenza.scheduler;

import dev.cadenza.decoding.SharedMemory;
import dev.cadenza.decoding.Surroundings;
import dev.cadenza.decoding.TokenTraits;
import dev.cadenza.engine.Engine;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.scheduler.StepPlanner.Plan;
import dev.cadenza.tokenizer.Tokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** The loop that runs a model: one round is one step of the whole batch. The thread that calls it is the engine's device thread. */
final class ModelLoop {
    private static final System.Logger LOG = System.getLogger(ModelLoop.class.getName());

    /** Scopes whose answers are remembered for drafting. */
    private static final int MOST_MEMORIES = 16;
    /** Without a request, before steps are measured: what remains of the server's start needs the cores more, and who asks again at once should not wait. */
    private static final Duration QUIET = Duration.ofMillis(500);

    private final Engine engine;
    private final Tokenizer tokenizer;
    private final SchedulerSettings settings;
    private final Inbox inbox;
    private final Counters counters;
    private final LongSupplier clock;
    private final KvMemory memory;
    private final Batch batch;
    private final MeasuredStepCosts costs;
    /** {@code null}: there is no draft model. */
    private final DraftLanes lanes;
    private final StepPlanner planner;
    private final TokenTraits tokens;
    private final SharedMemory drafting = new SharedMemory(MOST_MEMORIES);
    private final Stepper stepper;

    private boolean stopping;
    private long deadline;
    private boolean resting;
    private long nextAge;

    /** @param clock nanoseconds, as {@code System.nanoTime()} */
    ModelLoop(Engines engines, Tokenizer tokenizer, SchedulerSettings settings, Inbox inbox, Counters counters, LongSupplier clock) {
        this.engine = engines.model();
        this.tokenizer = tokenizer;
        this.settings = settings;
        this.inbox = inbox;
        this.counters = counters;
        this.clock = clock;
        this.memory = new KvMemory(engine, settings.prefixCache(), counters);
        this.batch = new Batch(memory, inbox, settings);
        this.tokens = new TokenTexts(tokenizer);
        this.costs = new MeasuredStepCosts(engine);
        this.lanes = engines.draft() == null ? null : new DraftLanes(engines, costs, counters);
        this.planner = new StepPlanner(settings, engine.shape().prefillBlock(), costs, lanes);
        this.stepper = new Stepper(engine, counters.steps);
    }

    void run() throws InterruptedException {
        boolean running = true;
        while (running) {
            running = round();
        }
    }

    /** Blocks when there is nothing to do. @return false: the loop was told to stop, and everything is done or time is up */
    boolean round() throws InterruptedException {
        drainCommands();
        batch.makeRoom();
        batch.admit(clock.getAsLong());
        counters.running(batch.running());
        Plan plan = planner.plan(batch.ready(clock.getAsLong()));
        deliver(plan, plan.isEmpty() ? List.of() : step(plan));
        batch.retire();
        counters.round(clock.getAsLong(), batch.running());
        resting = plan.isEmpty();
        return !stopping || !batch.isEmpty() && clock.getAsLong() - deadline < 0;
    }

    private List<SegmentResult> step(Plan plan) {
        int draftRows = plan.draftRows();
        long from = clock.getAsLong();
        List<SegmentResult> results = stepper.step(plan.segments());
        if (draftRows >= 0) {
            costs.observe(plan.segments().size(), draftRows, clock.getAsLong() - from);
        }
        return results;
    }

    /** Fails every request that is still here. */
    void abort(Throwable cause) {
        batch.abort(cause);
    }

    private void drainCommands() throws InterruptedException {
        Inbox.Command command = batch.isEmpty() ? idle() : resting ? inbox.poll(settings.readyPoll()) : inbox.poll();
        while (command != null) {
            switch (command) {
                case Inbox.Command.Submit(ActiveRequest request) -> enter(request);
                case Inbox.Command.Cancel _ -> batch.retire();
                case Inbox.Command.Stop(long by) -> {
                    deadline = stopping && deadline - by < 0 ? deadline : by;
                    stopping = true;
                }
            }
            command = inbox.poll();
        }
    }

    private Inbox.Command idle() throws InterruptedException {
        if (lanes != null && !lanes.isEmpty()) {
            LOG.log(System.Logger.Level.ERROR, "event=draft_kv_leak: no sequence runs; restart and report this");
        }
        if (!memory.holdsOnlyKept()) {
            LOG.log(System.Logger.Level.ERROR, "event=kv_leak bytes=" + (engine.kvBytesUsed() - counters.keptBytes())
                    + ": no sequence runs; restart and report this");
        }
        counters.idle();
        Inbox.Command command = settings.measuresSteps() ? inbox.poll(QUIET) : null;
        if (command == null && settings.measuresSteps()) {
            command = measuring();
        }
        if (command == null) {
            counters.idle();
            command = inbox.take();
        }
        counters.round(clock.getAsLong(), 0);
        return command;
    }

    /** Learns what steps cost until all is known or something comes in. */
    private Inbox.Command measuring() {
        Inbox.Command command = measuring(costs, "model");
        if (command == null && lanes != null) {
            command = measuring(lanes.costs(), "draft_model");
        }
        if (command == null) {
            counters.stepCostsAreKnown();
        }
        return command;
    }

    private Inbox.Command measuring(MeasuredStepCosts some, String of) {
        Inbox.Command command = inbox.poll();
        while (command == null && !some.complete()) {
            counters.round(clock.getAsLong(), 0);
            some.measureOne();
            if (some.complete()) {
                LOG.log(System.Logger.Level.DEBUG, () -> "event=step_costs of=" + of + " rows:ms=\"" + some.describe() + "\"");
            }
            command = inbox.poll();
        }
        return command;
    }

    private void enter(ActiveRequest request) {
        int choices = request.request().choices();
        var surroundings = new Surroundings(engine.shape(), costs, lanes == null ? null : lanes.model(), tokens,
                drafting.scope(request.request().memory()));
        List<Sequence> sequences = new ArrayList<>(choices);
        try {
            for (int choice = 0; choice < choices; choice++) {
                sequences.add(new Sequence(request, choice, nextAge++, settings.initialReservation(), tokenizer,
                        surroundings));
            }
            sequences.forEach(batch::enter);
        } catch (RuntimeException | Error e) {
            inbox.waitingChanged(-choices);
            request.failed(e);
        }
    }

    private void deliver(Plan plan, List<SegmentResult> results) {
        for (int i = 0; i < results.size(); i++) {
            Sequence sequence = plan.sequences().get(i);
            String failure = results.get(i).failure();
            try {
                if (failure != null) {
                    sequence.failed(new EngineFailure(failure));
                } else if (!sequence.over()) {
                    sequence.accept(results.get(i), counters);
                } else if (results.get(i).hidden() != null) {
                    results.get(i).hidden().close();
                }
            } catch (RuntimeException | Error e) {
                sequence.owner().failed(e);
            }
        }
    }
}
