package dev.cadenza.api;

import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Turn.Source;
import dev.cadenza.decoding.speculative.Speculative;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.scheduler.Finish;
import dev.cadenza.scheduler.GenerationListener;
import dev.cadenza.scheduler.GenerationRequest;
import dev.cadenza.scheduler.NeverFits;
import dev.cadenza.scheduler.QueueFull;
import dev.cadenza.scheduler.Scheduler;
import dev.cadenza.scheduler.SchedulerStatistics;
import dev.cadenza.scheduler.ShuttingDown;
import dev.cadenza.scheduler.TokenLogprob;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Answers as the prompt's text says: {@code say:TEXT} (what other prompts are taken for), {@code split:TEXT} (log-probabilities of half characters
 * ahead of their text), {@code marked:TEXT} (a special token first), {@code endless}, {@code big} (endless, 1 KiB a token), {@code queued} (never admitted), {@code silent} (admitted, no text),
 * {@code fail} (before admission), {@code fail-after:TEXT}, {@code cut} (by a shutdown, before admission), {@code cut-after:TEXT},
 * {@code queue-full}, {@code never-fits}, {@code draining}, {@code other-end}, {@code stop-string}. Of drafts, six are verified and three kept per answer.
 */
@Singleton
public final class ScriptedScheduler implements Scheduler {
    private static final int KEPT = 3;

    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger cancelled = new AtomicInteger();
    private final AtomicLong tokens = new AtomicLong();
    private volatile boolean alive = true;
    private volatile GenerationRequest last;

    /** The request submitted last. */
    public GenerationRequest last() {
        return last;
    }

    public int running() {
        return running.get();
    }

    public int waiting() {
        return waiting.get();
    }

    public int cancelled() {
        return cancelled.get();
    }

    public long tokens() {
        return tokens.get();
    }

    public void pretendAlive(boolean alive) {
        this.alive = alive;
    }

    /** What refuses does so when the script is read. */
    @Override
    public void requireRoom(int choices) {
    }

    @Override
    public Ticket submit(GenerationRequest request, GenerationListener listener) throws QueueFull, NeverFits, ShuttingDown {
        last = request;
        String script = script(request.prompt());
        switch (script) {
            case "queue-full" -> throw new QueueFull("full");
            case "never-fits" -> throw new NeverFits("needs 9 bytes of 8");
            case "draining" -> throw new ShuttingDown("draining");
            default -> {
            }
        }
        var run = new Run(request, listener, script);
        waiting.incrementAndGet();
        Thread.ofVirtual().name("scripted-", 0).start(run);
        return run;
    }

    @Override
    public SchedulerStatistics statistics() {
        return new SchedulerStatistics(running.get(), waiting.get(), running.get() * 1000L, 1_000_000, tokens.get() + 7, 11, tokens.get(), 5, 3,
                2000, 9);
    }

    @Override
    public boolean alive(Duration within) {
        return alive;
    }

    @Override
    public void shutdown(Duration drain) {
    }

    private static String script(int[] prompt) {
        byte[] bytes = new byte[prompt.length - 1];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) prompt[i + 1];
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** One request on a thread of its own. */
    private final class Run implements Runnable, Ticket {
        private final GenerationRequest request;
        private final GenerationListener listener;
        private final String script;
        private final CountDownLatch cancel = new CountDownLatch(1);

        private Run(GenerationRequest request, GenerationListener listener, String script) {
            this.request = request;
            this.listener = listener;
            this.script = script;
        }

        @Override
        public void cancel() {
            if (cancel.getCount() > 0) {
                cancelled.incrementAndGet();
            }
            cancel.countDown();
        }

        @Override
        public void run() {
            try {
                if (script.equals("queued")) {
                    cancel.await();
                    waiting.decrementAndGet();
                    return;
                }
                waiting.decrementAndGet();
                if (script.equals("fail")) {
                    listener.failed(new StepFailed("secret detail", null, Set.of()));
                } else if (script.equals("cut")) {
                    listener.failed(new ShuttingDown("secret detail"));
                } else {
                    admitted();
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        private void admitted() throws InterruptedException {
            running.incrementAndGet();
            try {
                listener.admitted();
                switch (script.startsWith("Write an endless") ? "endless" : script) {
                    case "silent" -> cancel.await();
                    case "endless" -> endless(" tick", 2);
                    case "big" -> endless("x".repeat(1024), 0);
                    default -> scripted();
                }
            } finally {
                running.decrementAndGet();
            }
        }

        private void endless(String text, int pauseMs) throws InterruptedException {
            while (!cancel.await(pauseMs, TimeUnit.MILLISECONDS)) {
                if (listener.ready()) {
                    tokens.incrementAndGet();
                    listener.text(0, text, List.of());
                } else if (cancel.await(1, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        }

        private void scripted() {
            String text = script.contains(":") ? script.substring(script.indexOf(':') + 1) : script;
            var speech = new ArrayList<Integer>();
            for (int token : new ByteTokenizer().encode(text)) {
                speech.add(token);
            }
            int spoken = Math.min(speech.size(), request.maxTokens());
            for (int choice = 0; choice < request.choices(); choice++) {
                speak(choice, speech.subList(0, spoken));
            }
            if (script.startsWith("fail-after:")) {
                listener.failed(new StepFailed("secret detail", null, Set.of()));
                return;
            }
            if (script.startsWith("cut-after:")) {
                listener.failed(new ShuttingDown("secret detail"));
                return;
            }
            for (int choice = 0; choice < request.choices(); choice++) {
                listener.finished(choice, finish(speech.subList(0, spoken), spoken == speech.size()));
            }
        }

        private void speak(int choice, List<Integer> speech) {
            var pending = new ArrayList<Integer>();
            var pendingLogprobs = new ArrayList<TokenLogprob>();
            if (script.startsWith("marked:")) {
                pendingLogprobs.add(logprob(ByteTokenizer.START));
            }
            for (int token : speech) {
                tokens.incrementAndGet();
                pending.add(token);
                if (request.topLogprobs() >= 0) {
                    pendingLogprobs.add(logprob(token));
                }
                String text = decoded(pending);
                boolean whole = text.indexOf('\uFFFD') < 0;
                if (whole || script.startsWith("split:")) {
                    if (whole || !pendingLogprobs.isEmpty()) {
                        listener.text(choice, whole ? text : "", List.copyOf(pendingLogprobs));
                    }
                    pendingLogprobs.clear();
                }
                if (whole) {
                    pending.clear();
                }
            }
        }

        private TokenLogprob logprob(int token) {
            int top = request.topLogprobs();
            return top == 0 ? new TokenLogprob(token, -0.5f, new int[0], new float[0])
                    : new TokenLogprob(token, -0.5f, new int[] {token, ByteTokenizer.END}, new float[] {-0.5f, Float.NEGATIVE_INFINITY});
        }

        private Finish finish(List<Integer> spoken, boolean whole) {
            var report = request.strategy() instanceof Speculative speculative
                    ? new DecodingReport("speculative", request.reason(), speculative.kind(), 4, spoken.size(), 6, KEPT, request.seed())
                    : new DecodingReport("standard", request.reason(), null, Math.max(0, spoken.size() - 1), spoken.size(), -1, -1, request.seed());
            if (!whole) {
                return finish(Finish.Reason.LENGTH, null, -1, spoken, report);
            }
            var ended = new ArrayList<>(spoken);
            ended.add(script.equals("other-end") ? ByteTokenizer.OTHER_END : ByteTokenizer.END);
            return script.equals("stop-string") ? finish(Finish.Reason.STOP, request.stops().getFirst(), -1, ended, report)
                    : finish(Finish.Reason.STOP, null, ended.getLast(), ended, report);
        }

        private Finish finish(Finish.Reason reason, String stopString, int stopToken, List<Integer> all, DecodingReport report) {
            var trace = new ArrayList<Finish.Traced>();
            for (int i = 0; request.trace() && i < all.size(); i++) {
                boolean drafted = report.draft() != null && i < KEPT;
                Source source = drafted ? Source.DRAFT : report.draft() != null && i == KEPT ? Source.BONUS : Source.MODEL;
                trace.add(new Finish.Traced(all.get(i), source, 30, 0.25, 1.5));
            }
            return new Finish(reason, stopString, stopToken, request.prompt().length, all.size(), 0, report, trace);
        }

        private static String decoded(List<Integer> tokens) {
            byte[] bytes = new byte[tokens.size()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (int) tokens.get(i);
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
