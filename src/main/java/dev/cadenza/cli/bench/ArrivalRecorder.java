package dev.cadenza.cli.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;

/** Notes when each line of a body arrives and nothing else, since the client shares its cores with the server that it measures. */
final class ArrivalRecorder implements BodySubscriber<List<Arrival>> {
    /** Of a body; far beyond what any answer that is asked for takes. */
    static final int MOST_BYTES = 64 << 20;

    private final CompletableFuture<List<Arrival>> body = new CompletableFuture<>();
    private final List<Arrival> arrivals = new ArrayList<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private Subscription subscription;
    private long bytes;

    @Override
    public CompletionStage<List<Arrival>> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        this.subscription = subscription;
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        long now = System.nanoTime();
        for (ByteBuffer buffer : buffers) {
            bytes += buffer.remaining();
            while (buffer.hasRemaining()) {
                byte next = buffer.get();
                if (next == '\n') {
                    endLine(now);
                } else if (next != '\r') {
                    line.write(next);
                }
            }
        }
        if (bytes > MOST_BYTES) {
            subscription.cancel();
            body.completeExceptionally(new IOException("an answer of more than %d bytes".formatted(MOST_BYTES)));
        }
    }

    private void endLine(long now) {
        arrivals.add(new Arrival(now, line.toString(StandardCharsets.UTF_8)));
        line.reset();
    }

    @Override
    public void onError(Throwable cause) {
        body.completeExceptionally(cause);
    }

    @Override
    public void onComplete() {
        if (line.size() > 0) {
            endLine(System.nanoTime());
        }
        body.complete(arrivals);
    }
}
