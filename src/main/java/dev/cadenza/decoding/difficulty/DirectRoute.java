package dev.cadenza.decoding.difficulty;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.SequenceStart;

/** The class is known from the start. @param warning for the report; {@code null}: none */
record DirectRoute(Route route, String warning) implements Routed {
    @Override
    public Opening opening(Opening asked) {
        return route.opening();
    }

    @Override
    public Decoder start(SequenceStart start) {
        return new RoutedDecoder(this, start);
    }
}
