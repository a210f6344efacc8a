package dev.cadenza.scheduler;

import java.time.Duration;
import java.util.List;

/**
 * A request on its way, and the only caller of its listener. Device thread only, except {@link #cancel()} and {@link #over()}.
 */
final class ActiveRequest implements Scheduler.Ticket {
    private static final System.Logger LOG = System.getLogger(ActiveRequest.class.getName());

    private final GenerationRequest request;
    private final GenerationListener listener;
    private final Inbox inbox;

    private volatile boolean over;
    private boolean admitted;
    private int unfinished;
    private boolean stalled;
    private long stalledSince;

    ActiveRequest(GenerationRequest request, GenerationListener listener, Inbox inbox) {
        this.request = request;
        this.listener = listener;
        this.inbox = inbox;
        this.unfinished = request.choices();
    }

    GenerationRequest request() {
        return request;
    }

    @Override
    public void cancel() {
        if (!over) {
            over = true;
            inbox.cancel(this);
        }
    }

    /** Finished, failed or cancelled: its sequences are to be let go. */
    boolean over() {
        return over;
    }

    /** Whether the client takes text. One that has taken none for {@code limit} makes the request fail. */
    boolean ready(long now, Duration limit) {
        boolean ready = listener.ready();
        if (!ready && !stalled) {
            stalledSince = now;
        }
        stalled = !ready;
        if (stalled && now - stalledSince >= limit.toNanos()) {
            failed(new ClientStalled(limit));
        }
        return ready;
    }

    void admitted() {
        if (!admitted && !over) {
            admitted = true;
            listener.admitted();
        }
    }

    void text(int choice, String text, List<TokenLogprob> tokens) {
        if (!over) {
            listener.text(choice, text, tokens);
        }
    }

    void finished(int choice, Finish finish) {
        if (!over) {
            unfinished--;
            over = unfinished == 0;
            listener.finished(choice, finish);
        }
    }

    /** The last event; a listener that throws even here is left alone. */
    void failed(Throwable cause) {
        if (over) {
            return;
        }
        over = true;
        try {
            listener.failed(cause);
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.WARNING, "event=listener_failed request=" + request.id() + ": report this fault of the listener", e);
        }
    }
}
