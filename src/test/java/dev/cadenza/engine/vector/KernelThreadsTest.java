package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KernelThreadsTest {

    @Test
    void everyPartOfEveryJobRunsOnceAndIsSeenByTheCaller() {
        var random = new Random(5);
        try (var threads = new KernelThreads(3)) {
            for (int job = 0; job < 20_000; job++) {
                int parts = 1 + random.nextInt(9);
                int[] done = new int[parts];

                threads.run(parts, (index, thread) -> done[index] += 1 + index);

                for (int i = 0; i < parts; i++) {
                    assertThat(done[i]).as("job %d", job).isEqualTo(1 + i);
                }
                if (job % 1_000 == 0) {
                    // Long enough for the others to fall asleep.
                    LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
                }
            }
        }
    }

    @Test
    void noTwoPartsRunOnOneThreadAtATime() {
        try (var threads = new KernelThreads(4)) {
            var busy = new AtomicIntegerArray(threads.count());
            for (int job = 0; job < 2_000; job++) {
                threads.run(16, (index, thread) -> {
                    assertThat(busy.incrementAndGet(thread)).isEqualTo(1);
                    busy.decrementAndGet(thread);
                });
            }
        }
    }

    @Test
    void aPartThatFailsFailsTheJobAndTheNextOneRuns() {
        try (var threads = new KernelThreads(2)) {
            assertThatThrownBy(() -> threads.run(4, (index, thread) -> {
                if (index == 2) {
                    throw new IllegalStateException("third");
                }
            })).isInstanceOf(IllegalStateException.class).hasMessage("third");

            int[] sum = new int[4];
            threads.run(4, (index, thread) -> sum[index] = 1);

            assertThat(sum).containsOnly(1);
        }
    }

    @Test
    void closingEndsTheThreads() throws Exception {
        Set<Thread> before = kernels();
        var threads = new KernelThreads(3);
        threads.run(3, (index, thread) -> {
        });
        // Those of closed ones may still be ending: they are none of ours.
        Set<Thread> started = kernels();
        started.removeAll(before);
        assertThat(started).hasSize(2);

        threads.close();

        for (Thread thread : started) {
            thread.join(Duration.ofSeconds(5));
            assertThat(thread.isAlive()).as(thread.getName()).isFalse();
        }
    }

    private static Set<Thread> kernels() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().startsWith("kernel-")).collect(Collectors.toSet());
    }
}
