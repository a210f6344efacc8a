package dev.cadenza.cli;

import dev.cadenza.api.ModelReady;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Tells whoever started the server where it is, once it answers. */
@Singleton
final class ReadyBanner {
    private final String host;
    private final int port;

    ReadyBanner(@ConfigProperty(name = "quarkus.http.host") String host, @ConfigProperty(name = "quarkus.http.port") int port) {
        this.host = host;
        this.port = port;
    }

    void print(@Observes ModelReady ready) {
        String reachable = host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host;
        System.out.printf("Cadenza serves %s (%s) at http://%s:%d/v1%n", ready.model().id(), ready.model().precision(), reachable, port);
    }
}
