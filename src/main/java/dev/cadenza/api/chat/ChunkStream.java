package dev.cadenza.api.chat;

import dev.cadenza.scheduler.Finish;
import dev.cadenza.scheduler.GenerationListener;
import dev.cadenza.scheduler.TokenLogprob;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A request's events on their way from the device thread to one client. The device thread only queues; encoding and delivery happen on the client's
 * event loop, one item per request for one, and an item takes along everything that waits. At most {@link #MAX_UNSENT} events wait: then
 * {@link #ready} says no, and the request's sequences pause.
 */
final class ChunkStream implements GenerationListener, Flow.Publisher<byte[]> {
    static final int MAX_UNSENT = 64;
    private static final int MAX_ITEM_BYTES = 16 * 1024;

    private final Queue<StreamEvent> events = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unsent = new AtomicInteger();
    private final AtomicLong demand = new AtomicLong();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final Executor eventLoop;
    private final ChunkEncoder encoder;

    // Event loop only, but for the first assignment, which the subscription publishes.
    private volatile Flow.Subscriber<? super byte[]> client;
    private volatile boolean ended;
    private boolean started;
    private long lastSent = System.nanoTime();

    /** @param eventLoop runs tasks in order on the client's event loop */
    ChunkStream(Executor eventLoop, ChunkEncoder encoder) {
        this.eventLoop = eventLoop;
        this.encoder = encoder;
    }

    @Override
    public void admitted() {
        push(new StreamEvent.Admitted());
    }

    @Override
    public void text(int choice, String text, List<TokenLogprob> tokens) {
        push(new StreamEvent.Text(choice, text, tokens));
    }

    @Override
    public void finished(int choice, Finish finish) {
        push(new StreamEvent.Finished(choice, finish));
    }

    @Override
    public void failed(Throwable cause) {
        push(new StreamEvent.Failed(cause));
    }

    @Override
    public boolean ready() {
        return unsent.get() < MAX_UNSENT;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super byte[]> subscriber) {
        client = subscriber;
        subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                demand.addAndGet(n);
                schedule();
            }

            @Override
            public void cancel() {
                ended = true;
            }
        });
    }

    /**
     * To be called now and then on the event loop: keeps a silent connection open, gives up on a client that takes nothing.
     *
     * @param keepAlive silence after which a comment is sent
     * @param stall     time without taking anything after which the client counts as gone
     * @return whether the client has stalled
     */
    boolean tick(Duration keepAlive, Duration stall) {
        long silent = System.nanoTime() - lastSent;
        if (ended || client == null) {
            return false;
        }
        if (demand.get() == 0) {
            return silent >= stall.toNanos();
        }
        if (events.isEmpty() && silent >= keepAlive.toNanos()) {
            deliver(ChunkEncoder.KEEP_ALIVE);
        }
        return false;
    }

    private void push(StreamEvent event) {
        unsent.incrementAndGet();
        events.add(event);
        schedule();
    }

    private void schedule() {
        if (scheduled.compareAndSet(false, true)) {
            eventLoop.execute(this::drain);
        }
    }

    private void drain() {
        scheduled.set(false);
        if (ended || client == null || demand.get() == 0 || events.isEmpty()) {
            return;
        }
        var bytes = new ByteArrayOutputStream(512);
        while (bytes.size() < MAX_ITEM_BYTES && !encoder.over() && events.poll() instanceof StreamEvent event) {
            unsent.decrementAndGet();
            if (event instanceof StreamEvent.Failed(Throwable cause) && !started && bytes.size() == 0) {
                ended = true;
                client.onError(cause);
                return;
            }
            encoder.encode(event, bytes);
        }
        if (bytes.size() > 0) {
            deliver(bytes.toByteArray());
        }
        if (encoder.over()) {
            ended = true;
            client.onComplete();
        } else if (!events.isEmpty()) {
            schedule();
        }
    }

    private void deliver(byte[] bytes) {
        started = true;
        lastSent = System.nanoTime();
        demand.decrementAndGet();
        client.onNext(bytes);
    }
}
