package dev.cadenza.cli.bench;

import dev.cadenza.cli.bench.Answers.Answer;
import dev.cadenza.scheduler.Finish;
import dev.cadenza.scheduler.GenerationListener;
import dev.cadenza.scheduler.GenerationRequest;
import dev.cadenza.scheduler.NeverFits;
import dev.cadenza.scheduler.QueueFull;
import dev.cadenza.scheduler.Scheduler;
import dev.cadenza.scheduler.ShuttingDown;
import dev.cadenza.scheduler.TokenLogprob;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks a scheduler in this process, with no server in between. One thread.
 *
 * @param timeout of one answer
 */
record SchedulerClient(Scheduler scheduler, Duration timeout) {

    /**
     * Submits all requests, each with one choice, and waits for their answers.
     *
     * @throws IOException one was refused, failed or took too long; the others are cancelled
     */
    Answers ask(List<GenerationRequest> requests) throws IOException, InterruptedException {
        List<Scheduler.Ticket> tickets = new ArrayList<>();
        List<Listening> listeners = new ArrayList<>();
        boolean complete = false;
        long start = System.nanoTime();
        try {
            for (GenerationRequest request : requests) {
                var listening = new Listening();
                tickets.add(scheduler.submit(request, listening));
                listeners.add(listening);
            }
            List<Answer> answers = new ArrayList<>();
            long end = start;
            for (Listening listening : listeners) {
                answers.add(listening.answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS));
                end = Math.max(end, listening.finished);
            }
            complete = true;
            return new Answers((end - start) / 1e9, answers);
        } catch (QueueFull | NeverFits | ShuttingDown | TimeoutException e) {
            throw new IOException("no answer: " + e, e);
        } catch (ExecutionException e) {
            throw new IOException("no answer: " + e.getCause(), e.getCause());
        } finally {
            if (!complete) {
                tickets.forEach(Scheduler.Ticket::cancel);
            }
        }
    }

    /** Written by the device thread, read after the answer is there. */
    private static final class Listening implements GenerationListener {
        private final StringBuilder text = new StringBuilder();
        private final CompletableFuture<Answer> answer = new CompletableFuture<>();
        private long finished;

        @Override
        public void admitted() {
            // Nobody waits for it.
        }

        @Override
        public void text(int choice, String piece, List<TokenLogprob> tokens) {
            text.append(piece);
        }

        @Override
        public void finished(int choice, Finish finish) {
            finished = System.nanoTime();
            answer.complete(new Answer(text.toString(), finish.completionTokens(), finish.report(),
                    finish.trace().stream().map(Finish.Traced::token).toList()));
        }

        @Override
        public void failed(Throwable cause) {
            answer.completeExceptionally(cause);
        }

        @Override
        public boolean ready() {
            return true;
        }
    }
}
