package dev.cadenza.api.chat;

import dev.cadenza.api.http.Connections;
import dev.cadenza.api.http.RequestHeaders;
import dev.cadenza.scheduler.Scheduler;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.GenericFutureListener;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/**
 * One client waiting for one answer, from its first byte to the last of ours. It ends once: with the answer, or by the client's going, which cancels
 * the request whether it streams or not and wherever it is by then. Thread-safe.
 */
final class Exchange {
    private static final Logger LOG = Logger.getLogger(Exchange.class);
    private static final int CLIENT_CLOSED_REQUEST = 499;

    private final RoutingContext request;
    private final Runnable whenEnded;
    private final ChannelFuture closed;
    private final GenericFutureListener<ChannelFuture> onClose = _ -> abandon();

    // Guarded by this.
    private Scheduler.Ticket ticket;
    private Long timer;
    private boolean abandoned;
    private boolean ended;

    /** @param whenEnded run once */
    Exchange(RoutingContext request, Runnable whenEnded) {
        this.request = request;
        this.whenEnded = whenEnded;
        this.closed = Connections.channel(request).closeFuture();
        closed.addListener(onClose);
    }

    String requestId() {
        return RequestHeaders.id(request);
    }

    /** The request is in the queue; when the client has gone meanwhile it is cancelled at once. */
    synchronized void submitted(Scheduler.Ticket submitted) {
        ticket = submitted;
        if (abandoned) {
            ticket.cancel();
        }
    }

    /** Client's event loop only. Asks there, once per period until the end, whether the client counts as gone though its connection is open. */
    synchronized void watch(Duration period, BooleanSupplier gone) {
        if (!ended) {
            timer = request.vertx().setPeriodic(Math.max(1, period.toMillis()), _ -> {
                if (gone.getAsBoolean()) {
                    abandon();
                    Connections.cut(request);
                }
            });
        }
    }

    /** The client has gone. */
    synchronized void abandon() {
        if (ended) {
            return;
        }
        abandoned = true;
        if (ticket != null) {
            ticket.cancel();
        }
        LOG.debugf("request_abandoned status=%d request=%s", CLIENT_CLOSED_REQUEST, requestId());
        end();
    }

    /** The answer is complete, or there will be none. */
    synchronized void end() {
        if (ended) {
            return;
        }
        ended = true;
        closed.removeListener(onClose);
        if (timer != null) {
            request.vertx().cancelTimer(timer);
        }
        whenEnded.run();
    }
}
