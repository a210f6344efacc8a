package dev.cadenza.api.chat;

import dev.cadenza.api.http.RequestHeaders;
import dev.cadenza.scheduler.Scheduler;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/**
 * One client waiting for one submitted request. It ends once: by the answer's end or by the client's going, which cancels the request. Thread-safe.
 */
final class Exchange {
    private static final Logger LOG = Logger.getLogger(Exchange.class);
    private static final int CLIENT_CLOSED_REQUEST = 499;
    private static final long NO_TIMER = -1;

    private final RoutingContext request;
    private final String answerId;
    private final Runnable whenEnded;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicBoolean abandoned = new AtomicBoolean();
    private final AtomicReference<Scheduler.Ticket> ticket = new AtomicReference<>();
    private final AtomicLong timer = new AtomicLong(NO_TIMER);

    /** @param whenEnded run once */
    Exchange(RoutingContext request, String answerId, Runnable whenEnded) {
        this.request = request;
        this.answerId = answerId;
        this.whenEnded = whenEnded;
    }

    String requestId() {
        return RequestHeaders.id(request);
    }

    /**
     * The request is in the queue. From here the connection is watched: HTTP's own close event comes first as a rule, but one that fell between
     * parsing and submission would go unseen.
     *
     * @param gone asked on the event loop once per period, whether the client counts as gone though its connection is open
     */
    void submitted(Scheduler.Ticket ticket, Duration period, BooleanSupplier gone) {
        this.ticket.set(ticket);
        timer.set(request.vertx().setPeriodic(Math.max(1, period.toMillis()), _ -> {
            if (ended.get()) {
                stopTimer();
            } else if (request.response().closed()) {
                abandon();
            } else if (gone.getAsBoolean()) {
                abandon();
                request.request().connection().close();
            }
        }));
        if (abandoned.get()) {
            ticket.cancel();
        }
        if (ended.get()) {
            stopTimer();
        }
    }

    /** The client has gone: cancels the request. */
    void abandon() {
        if (ended.get()) {
            return;
        }
        abandoned.set(true);
        Scheduler.Ticket running = ticket.get();
        if (running != null) {
            running.cancel();
        }
        LOG.debugf("request_abandoned status=%d request=%s answer=%s", CLIENT_CLOSED_REQUEST, requestId(), answerId);
        end();
    }

    /** Nothing more happens. */
    void end() {
        if (ended.compareAndSet(false, true)) {
            stopTimer();
            whenEnded.run();
        }
    }

    private void stopTimer() {
        long running = timer.getAndSet(NO_TIMER);
        if (running != NO_TIMER) {
            request.vertx().cancelTimer(running);
        }
    }
}
