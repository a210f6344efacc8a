package dev.cadenza.api.error;

import dev.cadenza.api.http.Bodies;
import dev.cadenza.api.http.RequestHeaders;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import org.jboss.logging.Logger;

/** The error shape for faults below JAX-RS: bodies over the limit, paths that no resource owns, anything that a handler throws. */
@Singleton
public final class RouterErrors {
    private static final Logger LOG = Logger.getLogger(RouterErrors.class);
    private static final int BEFORE_ALL_ROUTES = Integer.MIN_VALUE;
    private static final int LONGEST_REST_MS = 2_000;

    void register(@Observes Router router) {
        router.route().order(BEFORE_ALL_ROUTES).failureHandler(RouterErrors::answer);
        router.errorHandler(404, request -> send(request, unknown(request)));
    }

    private static void answer(RoutingContext request) {
        if (request.failure() instanceof IOException || request.failure() instanceof HttpClosedException) {
            LOG.debugf("connection_lost request=%s", RequestHeaders.id(request));
            return;
        }
        send(request, problem(request));
    }

    private static ApiProblem problem(RoutingContext request) {
        if (request.failure() instanceof ApiException known) {
            return known.problem();
        }
        return switch (request.statusCode()) {
            case 404 -> unknown(request);
            case 405 -> new ApiProblem.MethodNotAllowed(request.request().method().name(), request.request().path());
            case 413 -> new ApiProblem.BodyTooLarge();
            case 415 -> new ApiProblem.UnsupportedMediaType(request.request().getHeader("content-type"));
            default -> other(request);
        };
    }

    private static ApiProblem other(RoutingContext request) {
        int status = request.statusCode();
        if (status >= 400 && status < 500) {
            return new ApiProblem.HttpFault(status, "The request cannot be served.");
        }
        if (Bodies.isArriving(request)) {
            LOG.debugf("body_malformed request=%s cause=%s", RequestHeaders.id(request), request.failure());
            return new ApiProblem.MalformedBody();
        }
        LOG.errorf(request.failure(), "request_failed request=%s", RequestHeaders.id(request));
        return new ApiProblem.ServerFault(RequestHeaders.id(request));
    }

    private static ApiProblem unknown(RoutingContext request) {
        return new ApiProblem.UnknownUrl(request.request().method().name(), request.request().path());
    }

    private static void send(RoutingContext request, ApiProblem problem) {
        var response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (response.headWritten()) {
            request.request().connection().close();
            return;
        }
        ErrorBody body = ErrorBody.of(problem);
        body.headers().forEach(response::putHeader);
        response.setStatusCode(body.status());
        if (Bodies.isComplete(request)) {
            response.end(Buffer.buffer(body.json()));
        } else {
            response.putHeader("connection", "close").end(Buffer.buffer(body.json())).onComplete(_ -> closeBehind(request.request()));
        }
    }

    /** Takes what the client is still sending: a connection closed under it would be reset, and the answer lost. */
    private static void closeBehind(HttpServerRequest request) {
        HttpConnection connection = request.connection();
        if (request.isEnded()) {
            connection.close();
            return;
        }
        request.exceptionHandler(_ -> connection.close()).handler(_ -> { }).endHandler(_ -> connection.close()).resume();
        Vertx.currentContext().owner().setTimer(LONGEST_REST_MS, _ -> connection.close());
    }
}
