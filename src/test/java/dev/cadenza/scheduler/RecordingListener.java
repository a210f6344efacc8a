package dev.cadenza.scheduler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Remembers everything, and fails when the order of events breaks the contract. */
class RecordingListener implements GenerationListener {
    final TreeMap<Integer, StringBuilder> texts = new TreeMap<>();
    final TreeMap<Integer, List<TokenLogprob>> tokens = new TreeMap<>();
    final TreeMap<Integer, Finish> finishes = new TreeMap<>();
    volatile Throwable failure;
    volatile boolean ready = true;
    volatile boolean admitted;
    volatile boolean cancelled;
    private final int choices;

    RecordingListener(int choices) {
        this.choices = choices;
    }

    @Override
    public synchronized void admitted() {
        require(!admitted && !cancelled && failure == null, "admitted");
        admitted = true;
    }

    @Override
    public synchronized void text(int choice, String text, List<TokenLogprob> completed) {
        require(ready && live(choice), "text");
        require(!text.isEmpty() || !completed.isEmpty(), "empty text");
        texts.computeIfAbsent(choice, _ -> new StringBuilder()).append(text);
        tokens.computeIfAbsent(choice, _ -> new ArrayList<>()).addAll(completed);
    }

    @Override
    public synchronized void finished(int choice, Finish finish) {
        require(ready && live(choice), "finished");
        finishes.put(choice, finish);
        notifyAll();
    }

    @Override
    public synchronized void failed(Throwable cause) {
        require(!over(), "failed");
        failure = cause;
        notifyAll();
    }

    @Override
    public boolean ready() {
        return ready;
    }

    String text(int choice) {
        return texts.getOrDefault(choice, new StringBuilder()).toString();
    }

    synchronized boolean over() {
        return cancelled || failure != null || finishes.size() == choices;
    }

    /** Waits for the end, 20 seconds at most. */
    void await() throws InterruptedException {
        await(Duration.ofSeconds(20));
    }

    synchronized void await(Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (!over()) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("no end within " + limit);
            }
            wait(left);
        }
    }

    private boolean live(int choice) {
        return admitted && !cancelled && failure == null && !finishes.containsKey(choice);
    }

    private static void require(boolean holds, String event) {
        if (!holds) {
            throw new AssertionError("the listener's contract is broken: " + event);
        }
    }
}
