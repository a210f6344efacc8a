package dev.cadenza.model.store;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** Keeps what it hears. */
final class RecordedProgress implements Progress {
    final List<String> events = new CopyOnWriteArrayList<>();
    final CountDownLatch waiting = new CountDownLatch(1);
    volatile long reached;

    @Override
    public void started(String what, long done, long total) {
        events.add("%s from %d of %d".formatted(what, done, total));
    }

    @Override
    public void reached(long done) {
        reached = done;
    }

    @Override
    public void finished() {
        events.add("finished at " + reached);
    }

    @Override
    public void note(String line) {
        events.add(line);
        if (line.startsWith("waiting for another")) {
            waiting.countDown();
        }
    }
}
