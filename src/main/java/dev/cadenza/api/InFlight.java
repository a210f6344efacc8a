package dev.cadenza.api;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts the answers under way, so that a stopping server lets their last bytes out. Thread-safe. */
@Singleton
public final class InFlight {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition none = lock.newCondition();
    private int answers;

    /** One more answer; running the result, as often as you like, ends it. */
    public Runnable begin() {
        add(1);
        var ended = new AtomicBoolean();
        return () -> {
            if (ended.compareAndSet(false, true)) {
                add(-1);
            }
        };
    }

    public int count() {
        lock.lock();
        try {
            return answers;
        } finally {
            lock.unlock();
        }
    }

    /** @return whether no answer is under way, waiting for that at most so long */
    boolean awaitNone(Duration limit) throws InterruptedException {
        long nanos = limit.toNanos();
        lock.lockInterruptibly();
        try {
            while (answers > 0 && nanos > 0) {
                nanos = none.awaitNanos(nanos);
            }
            return answers == 0;
        } finally {
            lock.unlock();
        }
    }

    private void add(int change) {
        lock.lock();
        try {
            answers += change;
            if (answers == 0) {
                none.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }
}
