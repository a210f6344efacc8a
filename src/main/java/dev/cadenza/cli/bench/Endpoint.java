package dev.cadenza.cli.bench;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where an OpenAI-compatible server is.
 *
 * @param base up to and including its version, without a slash at the end, such as {@code http://127.0.0.1:8080/v1}
 */
record Endpoint(URI base) {

    /**
     * @param allowRemote whether a host other than this machine may be put under load
     * @throws IllegalArgumentException no http(s) URL, or another machine's
     */
    static Endpoint parse(String url, boolean allowRemote) {
        URI uri;
        try {
            uri = new URI(url.replaceAll("/+$", ""));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("not a URL: " + url, e);
        }
        if (uri.getHost() == null || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) || uri.getQuery() != null) {
            throw new IllegalArgumentException("must be a URL such as http://127.0.0.1:8080/v1, got " + url);
        }
        if (!allowRemote && !isLoopback(uri.getHost())) {
            throw new IllegalArgumentException("%s is not this machine; --allow-remote puts load on another".formatted(uri.getHost()));
        }
        return new Endpoint(uri);
    }

    /** Names other than localhost are not looked up: what they mean may change. */
    private static boolean isLoopback(String host) {
        if (host.equals("localhost")) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException name) {
            return false;
        }
    }

    URI at(String path) {
        return URI.create(base + path);
    }
}
