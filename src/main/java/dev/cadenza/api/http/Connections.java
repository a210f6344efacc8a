package dev.cadenza.api.http;

import io.netty.channel.Channel;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;

/** The network channel below a request. Vert.x hands out one close handler per connection and REST takes it; the channel serves many listeners. */
public final class Connections {
    private Connections() {
    }

    public static Channel channel(RoutingContext request) {
        return ((ConnectionBase) request.request().connection()).channel();
    }

    /** Closes the connection now. Vert.x's own close waits for bytes that a stalled client will never take. */
    public static void cut(RoutingContext request) {
        Channel channel = channel(request);
        channel.eventLoop().execute(() -> channel.unsafe().close(channel.voidPromise()));
    }
}
