package dev.cadenza.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Runs one scenario with its virtual users. */
final class ScenarioRun implements AutoCloseable {
    /** k6 interrupts what runs on for longer. */
    private static final Duration GRACEFUL_STOP = Duration.ofSeconds(30);

    private final Scenario scenario;
    private final Metrics metrics;
    private final Supplier<VirtualUser> newUser;
    private final List<VirtualUser> users = new ArrayList<>();
    private final BlockingDeque<VirtualUser> idle = new LinkedBlockingDeque<>();
    private final AtomicInteger iterations = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** Makes the virtual users that are there from the start. */
    ScenarioRun(Scenario scenario, Metrics metrics, Supplier<VirtualUser> newUser) {
        this.scenario = scenario;
        this.metrics = metrics;
        this.newUser = newUser;
        for (int i = 0; i < scenario.vus(); i++) {
            addUser();
        }
        if (!users.getFirst().has(scenario.function())) {
            close();
            throw new UnsupportedByStandIn("%s: the script exports no function %s".formatted(scenario.name(), scenario.function()));
        }
    }

    private void addUser() {
        VirtualUser user = newUser.get();
        users.add(user);
        idle.add(user);
    }

    /**
     * Returns when the last iteration has ended.
     *
     * @param data what the iterations are given, as JSON; null for nothing
     * @throws Exception an iteration failed, or did not end in time
     */
    void run(String data) throws Exception {
        long start = System.nanoTime();
        var clock = new Clock(start, start + scenario.duration().toNanos(), System.currentTimeMillis());
        List<Future<?>> running = switch (scenario) {
            case Scenario.SharedIterations shared -> eachUser(clock, data, shared.iterations());
            case Scenario.ConstantVus _ -> eachUser(clock, data, Integer.MAX_VALUE);
            case Scenario.Arrivals arrivals -> arrive(arrivals, clock, data);
        };
        long limit = clock.end + GRACEFUL_STOP.toNanos();
        for (Future<?> one : running) {
            try {
                one.get(Math.max(0, limit - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                throw new IllegalStateException("%s: an iteration ran on for over %s".formatted(scenario.name(), GRACEFUL_STOP), e);
            }
        }
    }

    /** @param start and end of {@link System#nanoTime()} @param startTime ms since 1970 */
    private record Clock(long start, long end, long startTime) {
        boolean over() {
            return System.nanoTime() >= end;
        }
    }

    private List<Future<?>> eachUser(Clock clock, String data, int limit) {
        List<Future<?>> running = new ArrayList<>();
        for (VirtualUser user : users) {
            running.add(threads.submit(task(() -> {
                for (int number = iterations.getAndIncrement(); number < limit && !clock.over(); number = iterations.getAndIncrement()) {
                    iterate(user, clock, data, number);
                }
            })));
        }
        return running;
    }

    private List<Future<?>> arrive(Scenario.Arrivals arrivals, Clock clock, String data) throws InterruptedException {
        List<Future<?>> running = new ArrayList<>();
        for (double due : arrivals.due()) {
            TimeUnit.NANOSECONDS.sleep(clock.start + (long) (due * 1e9) - System.nanoTime());
            if (idle.isEmpty() && users.size() < arrivals.maxVus()) {
                addUser();
            }
            VirtualUser user = idle.poll();
            if (user == null) {
                metrics.add("dropped_iterations", 1, Map.of("scenario", scenario.name()));
                continue;
            }
            int number = iterations.getAndIncrement();
            running.add(threads.submit(task(() -> {
                iterate(user, clock, data, number);
                idle.addFirst(user);
            })));
        }
        return running;
    }

    private static Callable<Void> task(Runnable work) {
        return () -> {
            work.run();
            return null;
        };
    }

    private void iterate(VirtualUser user, Clock clock, String data, int number) {
        user.call(scenario.function(), new ScriptSide.Iteration(scenario.name(), clock.startTime, number), data);
        metrics.add("iterations", 1, Map.of("scenario", scenario.name()));
    }

    @Override
    public void close() {
        threads.shutdownNow();
        users.forEach(VirtualUser::close);
    }
}
