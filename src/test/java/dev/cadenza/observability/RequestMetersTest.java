package dev.cadenza.observability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.scheduler.Finish;
import dev.cadenza.scheduler.GenerationListener;
import dev.cadenza.scheduler.TokenLogprob;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final RequestMeters meters = new RequestMeters(registry, new DecodingMeters(registry));

    @Test
    void eachStrategysWorkIsSummedOverTheChoicesOfItsRequests() {
        GenerationListener two = meters.timed(new Deaf(), 2);
        two.admitted();
        two.text(0, "a", List.of());
        two.text(1, "b", List.of());
        two.finished(0, finish("speculative", "suffix", 10, 4, 8, 6));
        two.finished(1, finish("speculative", "suffix", 5, 3, 2, 1));
        GenerationListener one = meters.timed(new Deaf(), 1);
        one.finished(0, finish("standard", null, 7, 6, -1, -1));

        assertThat(count("requests", "speculative", "suffix")).isEqualTo(1);
        assertThat(count("tokens", "speculative", "suffix")).isEqualTo(15);
        assertThat(count("steps", "speculative", "suffix")).isEqualTo(7);
        assertThat(count("drafted", "speculative", "suffix")).isEqualTo(10);
        assertThat(count("accepted", "speculative", "suffix")).isEqualTo(7);
        assertThat(count("seconds", "speculative", "suffix")).isBetween(1e-9, 60.0);
        assertThat(count("requests", "standard", "none")).isEqualTo(1);
        assertThat(count("tokens", "standard", "none")).isEqualTo(7);
        assertThat(count("drafted", "standard", "none")).isZero();
        assertThat(count("seconds", "standard", "none")).as("it had no text").isZero();
    }

    private double count(String what, String strategy, String draft) {
        return registry.get("cadenza.decoding." + what).tags("strategy", strategy, "draft", draft).counter().count();
    }

    private static Finish finish(String strategy, String draft, int tokens, int steps, int drafted, int accepted) {
        return new Finish(Finish.Reason.LENGTH, null, -1, 1, tokens, 0,
                new DecodingReport(strategy, "request", draft, steps, tokens, drafted, accepted, 1), List.of());
    }

    private static final class Deaf implements GenerationListener {
        @Override
        public void admitted() {
        }

        @Override
        public void text(int choice, String text, List<TokenLogprob> tokens) {
        }

        @Override
        public void finished(int choice, Finish finish) {
        }

        @Override
        public void failed(Throwable cause) {
        }

        @Override
        public boolean ready() {
            return true;
        }
    }
}
