package dev.cadenza.cli.probe;

import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Wish;
import dev.cadenza.decoding.difficulty.Classifier;
import dev.cadenza.decoding.difficulty.DiffAdapt;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.scheduler.Finish;
import dev.cadenza.scheduler.GenerationListener;
import dev.cadenza.scheduler.GenerationRequest;
import dev.cadenza.scheduler.NeverFits;
import dev.cadenza.scheduler.QueueFull;
import dev.cadenza.scheduler.Scheduler;
import dev.cadenza.scheduler.ShuttingDown;
import dev.cadenza.scheduler.TokenLogprob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Asks every task as a normal question, many at once, and measures the answers and the state behind the question. One thread. The same plan and task
 * give the same measurement, whatever is asked beside it.
 *
 * @param samples     answers per task, 1 or more
 * @param temperature above 0
 * @param maxTokens   of an answer
 */
record AnswerSampler(AskedModel model, int samples, float temperature, int maxTokens, long seed) {
    /** Answers in the batch or waiting for it: two full batches. */
    private static final int IN_FLIGHT = 64;
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final double[] ALWAYS_NORMAL = {0, 1, 0};

    /** Takes measurements as they come. */
    @FunctionalInterface
    interface Sink {
        void accept(Measured measured) throws IOException;
    }

    /** @throws IOException a task was refused or failed, nothing came for ten minutes, or the sink failed; what was asked is cancelled */
    void run(List<Task> tasks, Sink sink) throws IOException, InterruptedException {
        Queue<Task> waiting = new ArrayDeque<>(tasks);
        BlockingQueue<Answering> ended = new LinkedBlockingQueue<>();
        Map<Answering, Scheduler.Ticket> running = new HashMap<>();
        int atOnce = Math.max(2, IN_FLIGHT / samples);
        try {
            while (!waiting.isEmpty() || !running.isEmpty()) {
                while (!waiting.isEmpty() && running.size() < atOnce) {
                    var answering = new Answering(waiting.remove(), samples, ended);
                    running.put(answering, submit(answering));
                }
                Answering next = ended.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
                if (next == null) {
                    throw new IOException("no answer within %d minutes".formatted(LIMIT.toMinutes()));
                }
                running.remove(next);
                sink.accept(next.measured());
            }
        } finally {
            running.values().forEach(Scheduler.Ticket::cancel);
        }
    }

    private Scheduler.Ticket submit(Answering answering) throws IOException {
        Task task = answering.task;
        try {
            return model.scheduler().submit(request(task, answering), answering);
        } catch (InvalidDecoding | QueueFull | NeverFits | ShuttingDown e) {
            throw new IOException("task %s: %s".formatted(task.id(), e.getMessage()), e);
        }
    }

    private GenerationRequest request(Task task, Classifier recorder) throws InvalidDecoding {
        var sampling = SamplingParameters.AS_IS.at(temperature);
        var wish = new Wish(null, null, 1, maxTokens, sampling, true, null, text -> model.prompt().apply(task.question() + text));
        var traits = model.traits();
        Strategy strategy = DiffAdapt.FAMILY.parse(JsonFields.of("decoding.diff_adapt", null), wish, traits.with(traits.routing().with(recorder)));
        var opening = strategy.opening(new Strategy.Opening(model.prompt().apply(task.question()), maxTokens, sampling));
        return new GenerationRequest(task.id(), opening.prompt(), samples, opening.maxTokens(), opening.sampling(), seed(task), -1, List.of(),
                strategy, "probe", true, "", null);
    }

    /** A task's own random numbers, whatever other tasks there are. */
    private long seed(Task task) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest((seed + " " + task.id()).getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(hash).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** A task on its way. Written by the device thread, read once it is among the ended. */
    private static final class Answering implements GenerationListener, Classifier {
        private final Task task;
        private final BlockingQueue<Answering> ended;
        private final StringBuilder[] texts;
        private final Finish[] finishes;
        private int open;
        private float[] state;
        private Throwable failure;

        Answering(Task task, int samples, BlockingQueue<Answering> ended) {
            this.task = task;
            this.ended = ended;
            this.texts = new StringBuilder[samples];
            Arrays.setAll(texts, _ -> new StringBuilder());
            this.finishes = new Finish[samples];
            this.open = samples;
        }

        Measured measured() throws IOException {
            if (failure != null) {
                throw new IOException("task %s: %s".formatted(task.id(), failure), failure);
            }
            double entropy = 0;
            int tokens = 0;
            for (Finish finish : finishes) {
                for (Finish.Traced token : finish.trace()) {
                    entropy += token.entropy();
                    tokens++;
                }
            }
            List<String> answers = Arrays.stream(texts).map(StringBuilder::toString).toList();
            return new Measured(task, answers, Judgement.accuracy(task, answers), entropy / tokens, tokens, state);
        }

        /** Of each answer; they have the question's state in common. */
        @Override
        public double[] probabilities(float[] questionState) {
            state = questionState.clone();
            return ALWAYS_NORMAL.clone();
        }

        @Override
        public void admitted() {
            // Nobody waits for it.
        }

        @Override
        public void text(int choice, String piece, List<TokenLogprob> tokens) {
            texts[choice].append(piece);
        }

        @Override
        public void finished(int choice, Finish finish) {
            finishes[choice] = finish;
            if (--open == 0) {
                ended.add(this);
            }
        }

        @Override
        public void failed(Throwable cause) {
            failure = cause;
            ended.add(this);
        }

        @Override
        public boolean ready() {
            return true;
        }
    }
}
