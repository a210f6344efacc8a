package dev.cadenza.api.http;

import dev.cadenza.api.CadenzaConfig;
import dev.cadenza.api.error.ApiException;
import dev.cadenza.api.error.ApiProblem;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Reads request bodies before any endpoint sees the request: no thread waits for a slow client, and none sends more than the limit. */
@Singleton
public final class Bodies {
    private static final int AFTER_THE_CONNECTION = 800;
    private static final String TIMER = "cadenza.body-timer";
    private static final String COMPLETE = "cadenza.body-complete";

    private final Duration timeout;
    private final BodyHandler reading;

    Bodies(CadenzaConfig config, @ConfigProperty(name = "quarkus.http.limits.max-body-size") MemorySize limit) {
        this.timeout = config.api().bodyTimeout();
        this.reading = BodyHandler.create(false).setBodyLimit(limit.asLongValue());
    }

    void register(@Observes Filters filters) {
        filters.register(this::read, AFTER_THE_CONNECTION);
        filters.register(Bodies::complete, AFTER_THE_CONNECTION - 1);
    }

    /** Whether nothing of the request is still to come. */
    public static boolean isComplete(RoutingContext request) {
        return request.get(COMPLETE, false);
    }

    /** The whole body; empty when there is none. */
    public static byte[] of(RoutingContext request) {
        Buffer body = request.body().buffer();
        return body == null ? new byte[0] : body.getBytes();
    }

    /** Whether the body is on its way: what fails now is the client's doing. */
    public static boolean isArriving(RoutingContext request) {
        return request.get(TIMER) != null && !isComplete(request);
    }

    private void read(RoutingContext request) {
        String encoding = request.request().getHeader("content-encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            request.fail(new ApiException(new ApiProblem.UnsupportedEncoding(encoding)));
            return;
        }
        request.put(TIMER, request.vertx().setTimer(timeout.toMillis(), _ -> request.fail(new ApiException(new ApiProblem.BodyTooSlow()))));
        request.request().resume();
        reading.handle(request);
    }

    private static void complete(RoutingContext request) {
        request.vertx().cancelTimer(request.<Long>get(TIMER));
        request.put(COMPLETE, true);
        request.next();
    }
}
