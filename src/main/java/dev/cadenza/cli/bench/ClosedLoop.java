package dev.cadenza.cli.bench;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Clients each of which asks again as soon as it has its answer, or has waited as long as a refusal told it to, a second at most. One thread calls.
 */
final class ClosedLoop {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);
    private static final Duration LOOK = Duration.ofMillis(5);

    /** So many clients for so long. */
    record Stage(int clients, Duration time) {
    }

    /** @param at nanoseconds of {@link System#nanoTime()} */
    record Refusal(long at, boolean saysWhen) {
    }

    /** @param at likewise */
    record Failure(long at, String kind) {
    }

    /**
     * What came of it.
     *
     * @param start of the first stage, nanoseconds of {@link System#nanoTime()}
     */
    record Log(long start, Queue<StreamedAnswer> answers, Queue<Refusal> refusals, Queue<Failure> failures) {
    }

    private final ChatServer server;
    private final Supplier<String> questions;
    private final List<Map<String, Object>> fields;
    private final int tokens;
    private final AtomicInteger asked = new AtomicInteger();

    /**
     * @param questions another one each time; any thread
     * @param fields    of the requests, in turn
     * @param tokens    asked of each answer
     */
    ClosedLoop(ChatServer server, Supplier<String> questions, List<Map<String, Object>> fields, int tokens) {
        this.server = server;
        this.questions = questions;
        this.fields = fields;
        this.tokens = tokens;
    }

    /** Runs the stages one behind the other and waits for the last answers. */
    Log run(List<Stage> stages) {
        var log = new Log(System.nanoTime(), new ConcurrentLinkedQueue<>(), new ConcurrentLinkedQueue<>(), new ConcurrentLinkedQueue<>());
        int most = stages.stream().mapToInt(Stage::clients).max().orElseThrow();
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < most; i++) {
                int number = i;
                clients.submit(() -> client(number, stages, log));
            }
        }
        return log;
    }

    private void client(int number, List<Stage> stages, Log log) {
        var random = new SplittableRandom(number);
        while (true) {
            int clients = clientsAt(System.nanoTime() - log.start, stages);
            if (clients < 0) {
                return;
            }
            if (number >= clients) {
                LockSupport.parkNanos(LOOK.toNanos());
                continue;
            }
            ask(random, log);
        }
    }

    /** -1: all stages are over. */
    private static int clientsAt(long nanos, List<Stage> stages) {
        long end = 0;
        for (Stage stage : stages) {
            end += stage.time().toNanos();
            if (nanos < end) {
                return stage.clients();
            }
        }
        return -1;
    }

    private void ask(SplittableRandom random, Log log) {
        try {
            log.answers.add(server.ask(questions.get(), tokens, fields.get(asked.getAndIncrement() % fields.size())).get());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Refused refused) {
                log.refusals.add(new Refusal(System.nanoTime(), refused.retryAfter().isPresent()));
                long told = Math.min(refused.retryAfter().orElse(LONGEST_WAIT).toNanos(), LONGEST_WAIT.toNanos());
                LockSupport.parkNanos((long) (told * random.nextDouble(0.5, 1)));
            } else {
                log.failures.add(new Failure(System.nanoTime(), String.valueOf(e.getCause().getMessage())));
                LockSupport.parkNanos(LONGEST_WAIT.toNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
