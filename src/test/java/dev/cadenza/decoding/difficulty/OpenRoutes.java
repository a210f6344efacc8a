package dev.cadenza.decoding.difficulty;

import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Strategy.Opening;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Routed strategies as tests want them, with a probe that tells classes by the bits of the state: any other state may be of another class. */
public final class OpenRoutes {
    private static final Classifier BY_BITS = state -> {
        double[] probabilities = new double[Difficulty.values().length];
        probabilities[Math.floorMod(Arrays.hashCode(state) * 0x9E3779B9 >>> 8, probabilities.length)] = 1;
        return probabilities;
    };

    private OpenRoutes() {
    }

    /** @param openings by {@link Difficulty#ordinal} */
    public static Strategy probed(List<Opening> openings) {
        List<Route> routes = new ArrayList<>();
        for (Difficulty difficulty : Difficulty.values()) {
            routes.add(new Route(difficulty, openings.get(difficulty.ordinal())));
        }
        return new ProbedRoute(routes, Routing.WITHOUT_PROBE.with(BY_BITS));
    }

    /** What a routed request asks in the end; empty: the strategy has no routes. @param state behind the stem */
    public static Optional<Opening> route(Strategy strategy, Supplier<float[]> state) {
        return strategy instanceof ProbedRoute probed
                ? Optional.of(probed.routes().get(probed.decide(BY_BITS.probabilities(state.get())).ordinal()).opening()) : Optional.empty();
    }
}
