package dev.cadenza.api.http;

import dev.cadenza.api.CadenzaConfig;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.timeout.IdleStateHandler;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Time-outs against clients that hold connections without using them. A silent client is disconnected, except while its answer is being prepared:
 * it has nothing to say then, and a long generation without streaming takes long. Event loops only.
 */
@Singleton
public final class ConnectionLimits implements HttpServerOptionsCustomizer {
    private static final int AFTER_THE_ID = 900;
    private static final String IDLE_HANDLER = "idle";
    private static final String HTTP_HANDLER = "handler";

    private final Duration idle;

    ConnectionLimits(CadenzaConfig config) {
        this.idle = config.api().idleTimeout();
    }

    @Override
    public void customizeHttpServer(HttpServerOptions options) {
        limit(options);
        // Vert.x installs the time-out of a clear-text connection only after it has told HTTP/1 from HTTP/2 by the first request.
        options.setHttp2ClearTextEnabled(false);
    }

    @Override
    public void customizeHttpsServer(HttpServerOptions options) {
        limit(options);
    }

    private void limit(HttpServerOptions options) {
        options.setIdleTimeoutUnit(TimeUnit.MILLISECONDS).setIdleTimeout(0).setReadIdleTimeout(Math.toIntExact(idle.toMillis()));
    }

    void register(@Observes Filters filters) {
        filters.register(this::watch, AFTER_THE_ID);
    }

    private void watch(RoutingContext request) {
        if (request.request().version() != HttpVersion.HTTP_2) {
            suspendIdleTimeout(request);
        }
        request.next();
    }

    private void suspendIdleTimeout(RoutingContext request) {
        ChannelPipeline pipeline = Connections.channel(request).pipeline();
        if (pipeline.get(IDLE_HANDLER) != null) {
            pipeline.remove(IDLE_HANDLER);
            request.addEndHandler(_ -> resumeIdleTimeout(pipeline));
        }
    }

    private void resumeIdleTimeout(ChannelPipeline pipeline) {
        if (pipeline.get(IDLE_HANDLER) == null && pipeline.get(HTTP_HANDLER) != null) {
            pipeline.addBefore(HTTP_HANDLER, IDLE_HANDLER, new IdleStateHandler(idle.toMillis(), 0, 0, TimeUnit.MILLISECONDS));
        }
    }
}
