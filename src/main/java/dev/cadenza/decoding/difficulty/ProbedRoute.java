package dev.cadenza.decoding.difficulty;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.SequenceStart;
import java.util.Arrays;
import java.util.List;

/**
 * The probe chooses the class when the stem, what all routes' prompts begin with, is computed.
 *
 * @param routes by {@link Difficulty#ordinal}
 */
record ProbedRoute(List<Route> routes, Routing routing) implements Routed {
    ProbedRoute {
        routes = List.copyOf(routes);
    }

    @Override
    public Opening opening(Opening asked) {
        int[] prompt = routes.getFirst().opening().prompt();
        int maxTokens = routes.stream().mapToInt(route -> route.opening().maxTokens()).max().orElseThrow();
        return new Opening(Arrays.copyOf(prompt, Route.stem(routes)), maxTokens, asked.sampling());
    }

    @Override
    public int mostMorePrompt() {
        return routes.stream().mapToInt(route -> route.opening().prompt().length).max().orElseThrow() - Route.stem(routes);
    }

    @Override
    public Decoder start(SequenceStart start) {
        return new RoutedDecoder(this, start);
    }

    Difficulty decide(double[] probabilities) {
        Difficulty best = Difficulty.EASY;
        for (Difficulty difficulty : Difficulty.values()) {
            best = probabilities[difficulty.ordinal()] > probabilities[best.ordinal()] ? difficulty : best;
        }
        return probabilities[best.ordinal()] < routing.leastConfidence() ? Difficulty.NORMAL : best;
    }
}
