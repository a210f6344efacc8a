package dev.cadenza.model.store;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;

/**
 * A model hub on the loopback device with one file, {@code owner/repo/file.gguf} of revision {@code main}: the first address redirects to
 * {@code /storage}, which serves ranges.
 */
final class FakeHub implements AutoCloseable {
    /** A request as it came. */
    record Seen(String path, String range, String authorization) {
    }

    final List<Seen> seen = new CopyOnWriteArrayList<>();
    /** Answers of the storage end behind this many bytes each, as long as it is not negative. */
    volatile int dropAfterBytes = -1;
    /** Called with the offset up to which the file was sent, before the connection is cut. */
    volatile IntConsumer beforeDrop = sent -> { };
    /** How many answers are dropped before the storage behaves. */
    volatile int drops = Integer.MAX_VALUE;
    volatile String token;
    volatile String tag = "\"v1\"";
    volatile boolean ranges = true;
    volatile boolean announcesLength = true;
    /** The storage waits for it in the middle of its answer. */
    volatile CountDownLatch halfWay = new CountDownLatch(0);
    volatile byte[] content;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    FakeHub(byte[] content) throws IOException {
        this.content = content;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    URI endpoint() {
        return URI.create("http://%s:%d".formatted(InetAddress.getLoopbackAddress().getHostAddress(), server.getAddress().getPort()));
    }

    List<Seen> storageRequests() {
        return seen.stream().filter(each -> each.path.equals("/storage")).toList();
    }

    @Override
    public void close() {
        halfWay.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        seen.add(new Seen(path, exchange.getRequestHeaders().getFirst("Range"), authorization));
        try (exchange) {
            if (path.equals("/storage")) {
                store(exchange);
            } else if (token != null && !("Bearer " + token).equals(authorization)) {
                exchange.sendResponseHeaders(401, -1);
            } else if (path.equals("/owner/repo/resolve/main/file.gguf")) {
                exchange.getResponseHeaders().set("X-Linked-Etag", tag);
                exchange.getResponseHeaders().set("Location", "http://localhost:%d/storage".formatted(server.getAddress().getPort()));
                exchange.sendResponseHeaders(302, -1);
            } else {
                exchange.sendResponseHeaders(404, -1);
            }
        }
    }

    private void store(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = range == null || !ranges ? 0 : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        if (from >= content.length) {
            exchange.getResponseHeaders().set("Content-Range", "bytes */" + content.length);
            exchange.sendResponseHeaders(416, -1);
            return;
        }
        if (from > 0) {
            exchange.getResponseHeaders().set("Content-Range", "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, announcesLength ? content.length - from : 0);
        int length = content.length - from;
        boolean dropped = dropAfterBytes >= 0 && dropAfterBytes < length && drops-- > 0;
        int sent = dropped ? dropAfterBytes : length;
        var body = exchange.getResponseBody();
        body.write(content, from, sent / 2);
        body.flush();
        try {
            halfWay.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        body.write(content, from + sent / 2, sent - sent / 2);
        body.flush();
        if (dropped) {
            beforeDrop.accept(from + sent);
            throw new IOException("dropped on purpose");
        }
    }
}
