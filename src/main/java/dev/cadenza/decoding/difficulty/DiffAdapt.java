package dev.cadenza.decoding.difficulty;

import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Parameter;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Strategy.Guarantee;
import dev.cadenza.decoding.Strategy.Opening;
import dev.cadenza.decoding.StrategyDescription;
import dev.cadenza.decoding.StrategyFamily;
import dev.cadenza.decoding.Wish;
import dev.cadenza.sampling.SamplingParameters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Asks a question as its difficulty wants it, which the client tells or the model's probe. */
public final class DiffAdapt implements StrategyFamily {
    public static final DiffAdapt FAMILY = new DiffAdapt();
    static final String NAME = "diff_adapt";
    private static final String BY_PROBE = "auto";
    private static final Parameter.Choice CLASS = new Parameter.Choice("class", BY_PROBE, classes(), List.of(),
            "How hard the question is; auto: the model's probe tells, or it is normal where there is none");

    private DiffAdapt() {
    }

    private static List<String> classes() {
        List<String> classes = new ArrayList<>(List.of(BY_PROBE));
        Arrays.stream(Difficulty.values()).map(Difficulty::wireName).forEach(classes::add);
        return classes;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public StrategyDescription describe(ModelTraits model) {
        return new StrategyDescription(NAME, "Looks at the question and asks it as an easy, normal or hard one: text, temperature and length. "
                + (model.routing().classifier() == null ? "There is no probe for this model" : "This model has a probe"), Guarantee.CHANGES_LAW,
                Parameter.objectSchema(List.of(CLASS)), Map.of("prediction", "it drafts nothing, so that the prediction would go unused"), List.of());
    }

    @Override
    public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
        boolean named = parameters.has(CLASS.name());
        String chosen = CLASS.read(parameters);
        if (named && wish.effort() != null) {
            throw new InvalidDecoding("reasoning_effort", "invalid_value",
                    "`reasoning_effort` and `%s` both choose the class".formatted(parameters.path(CLASS.name())));
        }
        return strategy(wish.effort() == null ? chosen : classOf(wish.effort()), wish, model);
    }

    /**
     * By OpenAI's own field.
     *
     * @throws InvalidDecoding the model's configuration does not map it
     */
    public static Strategy byEffort(Wish wish, ModelTraits model) throws InvalidDecoding {
        if (!model.routing().reasoningEffort()) {
            throw new InvalidDecoding("reasoning_effort", "unsupported_value",
                    "`reasoning_effort` = '%s': this server does not map it to a strategy".formatted(wish.effort().wireName()));
        }
        return strategy(classOf(wish.effort()), wish, model);
    }

    private static String classOf(Wish.Effort effort) {
        return switch (effort) {
            case LOW -> Difficulty.EASY.wireName();
            case MEDIUM -> BY_PROBE;
            case HIGH -> Difficulty.NORMAL.wireName();
        };
    }

    private static Strategy strategy(String chosen, Wish wish, ModelTraits model) throws InvalidDecoding {
        Routing routing = model.routing();
        boolean byProbe = chosen.equals(BY_PROBE);
        if (byProbe && routing.classifier() != null) {
            return new ProbedRoute(routes(List.of(Difficulty.values()), wish, model), routing);
        }
        Difficulty difficulty = byProbe ? Difficulty.NORMAL : Difficulty.ofWire(chosen);
        return new DirectRoute(routes(List.of(difficulty), wish, model).getFirst(), byProbe ? "there is no probe for this model; the class is normal" : null);
    }

    private static List<Route> routes(List<Difficulty> difficulties, Wish wish, ModelTraits model) throws InvalidDecoding {
        List<int[]> prompts = new ArrayList<>();
        int longest = 0;
        for (Difficulty difficulty : difficulties) {
            prompts.add(wish.prompts().endingWith(model.routing().setting(difficulty).text()));
            longest = Math.max(longest, prompts.getLast().length);
        }
        int most = Math.min(wish.maxTokens(), model.shape().context() - longest);
        if (most < 1) {
            throw new InvalidDecoding("messages", "context_length_exceeded",
                    "with the text of its class the prompt has %d tokens and leaves no room in the context of %d".formatted(longest, model.shape().context()));
        }
        List<Route> routes = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            Difficulty difficulty = difficulties.get(i);
            Routing.Setting setting = model.routing().setting(difficulty);
            routes.add(new Route(difficulty, new Opening(prompts.get(i), setting.maxTokens(most), sampling(wish, setting))));
        }
        return routes;
    }

    /** The client's own temperature wins, and greedy stays greedy. */
    private static SamplingParameters sampling(Wish wish, Routing.Setting setting) {
        boolean keeps = wish.temperatureGiven() || wish.temperature() == 0;
        return keeps ? wish.sampling() : wish.sampling().at((float) setting.temperature());
    }
}
