package dev.cadenza.api.chat;

import dev.cadenza.scheduler.Finish;
import dev.cadenza.scheduler.TokenLogprob;
import java.util.List;

/** What the device thread tells a stream; the client's event loop turns it into bytes. */
sealed interface StreamEvent {

    record Admitted() implements StreamEvent {
    }

    record Text(int choice, String text, List<TokenLogprob> tokens) implements StreamEvent {
    }

    record Finished(int choice, Finish finish) implements StreamEvent {
    }

    record Failed(Throwable cause) implements StreamEvent {
    }
}
