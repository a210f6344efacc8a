package dev.cadenza.api.http;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.UUID;

/** Gives every request its id ({@code x-request-id}) and every answer its duration ({@code openai-processing-ms}). */
@Singleton
public final class RequestHeaders {
    private static final String ID = "x-request-id";
    private static final int MAX_LENGTH = 128;
    private static final int FIRST_OF_ALL = 1_000;

    void register(@Observes Filters filters) {
        filters.register(RequestHeaders::stamp, FIRST_OF_ALL);
    }

    /** The id of the request, as its answer states it. */
    public static String id(RoutingContext request) {
        String id = request.response().headers().get(ID);
        return id == null ? "none" : id;
    }

    private static void stamp(RoutingContext request) {
        long start = System.nanoTime();
        String given = request.request().getHeader(ID);
        request.response().putHeader(ID, acceptable(given) ? given : "req_" + UUID.randomUUID().toString().replace("-", ""));
        request.addHeadersEndHandler(_ -> request.response().putHeader("openai-processing-ms", Long.toString((System.nanoTime() - start) / 1_000_000)));
        // Answers have one media type each; a client that asks for another still understands it, so 406 would help nobody.
        if (!hasTheTypeWanted(request.normalizedPath(), request.request().getHeader("accept"))) {
            request.request().headers().remove("accept");
        }
        request.next();
    }

    /** Paths with a choice of formats, when the choice is theirs. */
    private static boolean hasTheTypeWanted(String path, String accept) {
        return accept != null && (path.equals("/metrics") && accept.contains("text/plain") || path.equals("/openapi") && accept.contains("json"));
    }

    private static boolean acceptable(String id) {
        return id != null && !id.isEmpty() && id.length() <= MAX_LENGTH && id.chars().allMatch(c -> c >= 0x20 && c < 0x7f);
    }
}
