package dev.cadenza.decoding.skip;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Parameter;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.StrategyDescription;
import dev.cadenza.decoding.StrategyFamily;
import dev.cadenza.decoding.Wish;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Decodes through ever fewer layers. */
public record SkipDecode(DepthSchedule schedule) implements Strategy {
    public static final StrategyFamily FAMILY = new Family();
    static final String NAME = "skip_decode";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Guarantee guarantee() {
        return schedule.fewest() == schedule.layers() ? Guarantee.LOSSLESS : Guarantee.CHANGES_LAW;
    }

    @Override
    public Decoder start(SequenceStart start) {
        return new SkipDecodeDecoder(start, schedule);
    }

    private record Family() implements StrategyFamily {
        /** Below it the default leaves out a quarter of the layers at most. */
        private static final double DEFAULT_LEAST_DEPTH = 0.75;
        private static final double FASTEST = 4;
        private static final Parameter.Decimal TARGET_SPEEDUP = new Parameter.Decimal("target_speedup", 1, 1, FASTEST,
                "Layers of the model over the mean of those run while the depth falls; the report tells what an answer reached");
        private static final Parameter.Whole DECAY_TOKENS = new Parameter.Whole("decay_tokens", 256, 1, 1 << 20,
                "Answer tokens until the least depth is reached");

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public StrategyDescription describe(ModelTraits model) {
            int layers = model.shape().layers();
            List<Map<String, Object>> alternatives = List.of(
                    Parameter.objectSchema(List.of(leastLayers(layers), mostLayers(layers), warmUp(layers), DECAY_TOKENS)),
                    Parameter.objectSchema(List.of(TARGET_SPEEDUP, warmUp(layers), DECAY_TOKENS), TARGET_SPEEDUP));
            Map<String, Object> schema = new LinkedHashMap<>();
            schema.put("type", "object");
            schema.put("oneOf", alternatives);
            return new StrategyDescription(NAME, "Runs fewer layers the longer the answer gets: faster, and another law, on models not trained for it a "
                    + "worse one", Guarantee.CHANGES_LAW, schema, Map.of("speculative", "rows that skipped layers have no keys and values there to verify from",
                            "prediction", "it drafts nothing, so that the prediction would go unused"), List.of());
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
            int layers = model.shape().layers();
            boolean warmUpGiven = parameters.has(warmUp(layers).name());
            int warmUp = warmUp(layers).read(parameters);
            int decay = DECAY_TOKENS.read(parameters);
            if (parameters.has(TARGET_SPEEDUP.name())) {
                return new SkipDecode(DepthSchedule.of(layers, TARGET_SPEEDUP.read(parameters), warmUp, decay));
            }
            int most = mostLayers(layers).read(parameters);
            int fewest = leastLayers(layers).atMost(most).read(parameters);
            if (!warmUpGiven) {
                warmUp = Math.min(warmUp, fewest - 1);
            }
            if (warmUp >= fewest) {
                throw new InvalidDecoding(parameters.path(warmUp(layers).name()), "integer_above_max_value", "`%s` must be below `%s` = %d, got %d"
                        .formatted(parameters.path(warmUp(layers).name()), parameters.path(leastLayers(layers).name()), fewest, warmUp));
            }
            return new SkipDecode(new DepthSchedule(layers, most, fewest, warmUp, decay));
        }

        private static Parameter.Whole leastLayers(int layers) {
            return new Parameter.Whole("min_layers", (int) Math.ceil(DEFAULT_LEAST_DEPTH * layers), 1, layers,
                    "Layers from decay_tokens on, at most max_layers");
        }

        private static Parameter.Whole mostLayers(int layers) {
            return new Parameter.Whole("max_layers", layers, 1, layers, "Layers at the answer's beginning");
        }

        private static Parameter.Whole warmUp(int layers) {
            return new Parameter.Whole("warmup_layers", Math.min(1, layers - 1), 0, layers - 1, "Layers at the bottom that always run, below min_layers; without it also less than the default");
        }
    }
}
