package dev.cadenza.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.decoding.StrategySelector.Selection;
import dev.cadenza.decoding.cntp.Cntp;
import dev.cadenza.decoding.momentum.Momentum;
import dev.cadenza.decoding.reflex.CyclicReflex;
import dev.cadenza.decoding.reflex.Wave;
import dev.cadenza.decoding.skip.DepthSchedule;
import dev.cadenza.decoding.skip.SkipDecode;
import dev.cadenza.decoding.standard.Standard;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StrategySelectorTest {
    private final StrategySelector selector = new StrategySelector("standard", Decodings.MODEL);

    @Test
    void withoutAWishTheDefaultDecodes() throws Exception {
        Map<String, Object> nulls = new HashMap<>();
        nulls.put("strategy", null);
        nulls.put("trace", null);
        nulls.put("speculative", null);
        nulls.put("cntp", null);
        for (Map<String, Object> decoding : Arrays.asList(null, Map.<String, Object>of(), nulls)) {
            assertThat(selector.select(wish(decoding))).isEqualTo(new Selection(new Standard(), "default", false));
        }
        assertThat(new StrategySelector("speculative", Decodings.MODEL).select(Wish.NOTHING)).isEqualTo(new Selection(lookup(16, 2, 4), "default", false));
        assertThatThrownBy(() -> new StrategySelector("zap", Decodings.MODEL)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cadenza.decoding.default-strategy: the default strategy must be one of [auto, standard, speculative, skip_decode, cntp, momentum, diff_adapt, cyclic_reflex], got 'zap'");
    }

    @Test
    void autoAsDefaultOrByNameAsksTheRules() throws Exception {
        Strategy history = selector.select(wish(Map.of("strategy", "auto"))).strategy();

        assertThat(history.name()).isEqualTo("speculative");
        assertThat(history.guarantee()).isEqualTo(Strategy.Guarantee.LOSSLESS);
        assertThat(selector.select(wish(Map.of("strategy", "auto", "trace", true)))).isEqualTo(new Selection(history, "auto: history", true));
        assertThat(new StrategySelector("auto", Decodings.MODEL).select(Wish.NOTHING)).isEqualTo(new Selection(history, "auto: history", false));
        assertThat(new StrategySelector("auto", List.of(), Decodings.MODEL, () -> Load.NONE).select(Wish.NOTHING))
                .isEqualTo(new Selection(new Standard(), "auto: no rule", false));
    }

    @Test
    void predictionOutranksTheDefaultAndTheRulesAndYieldsToAName() throws Exception {
        for (String byDefault : List.of("auto", "standard", "speculative")) {
            for (Object decoding : Arrays.asList(null, Map.of(), Map.of("strategy", "auto"))) {
                Selection selection = new StrategySelector(byDefault, Decodings.MODEL).select(predicting(decoding));

                assertThat(selection.reason()).isEqualTo("prediction");
                assertThat(selection.strategy().usesPrediction()).isTrue();
            }
        }
        for (Map<String, Object> parameters : List.of(Map.<String, Object>of(), Map.<String, Object>of("draft", "prediction"))) {
            Selection selection = selector.select(predicting(parameters(parameters)));

            assertThat(selection.reason()).isEqualTo("request");
            assertThat(selection.strategy().usesPrediction()).isTrue();
        }
    }

    @Test
    void predictionWithAStrategyThatWouldNotUseItIsRefusedAndSoIsItsDraftWithoutIt() {
        for (Object decoding : List.of(Map.of("strategy", "standard"), Map.of("strategy", "skip_decode"), Map.of("strategy", "cntp"),
                parameters(Map.of("draft", "prompt_lookup")))) {
            assertThatThrownBy(() -> selector.select(predicting(decoding))).isInstanceOfSatisfying(InvalidDecoding.class, e -> {
                assertThat(e.param()).isEqualTo("prediction");
                assertThat(e.code()).isEqualTo("invalid_value");
                assertThat(e).hasMessageContaining("would go unused");
            });
        }
        refused(parameters(Map.of("draft", "prediction")), "prediction", "missing_required_parameter", "needs the request's `prediction`");
    }

    @Test
    void whatThePapersForbidIsRefusedWithTheReason() {
        refused(Map.of("strategy", "speculative", "skip_decode", Map.of()), "decoding.skip_decode", "invalid_value",
                "and 'speculative' excludes it: rows that skipped layers have no keys and values there to verify from");
        refused(Map.of("strategy", "skip_decode", "speculative", Map.of()), "decoding.speculative", "invalid_value",
                "and 'skip_decode' excludes it: rows that skipped layers have no keys and values there to verify from");
    }

    @Test
    void namedStrategyIsTakenWithItsParameters() throws Exception {
        assertThat(selector.select(wish(Map.of("strategy", "standard", "trace", false)))).isEqualTo(new Selection(new Standard(), "request", false));
        assertThat(selector.select(wish(Map.of("strategy", "standard", "trace", true))).trace()).isTrue();
        assertThat(selector.select(wish(Map.of("strategy", "standard", "standard", Map.of()))).strategy()).isEqualTo(new Standard());
        assertThat(selector.select(wish(Map.of("strategy", "speculative")))).isEqualTo(new Selection(lookup(16, 2, 4), "request", false));
        assertThat(speculative(Map.of("draft", "prompt_lookup", "max_draft", 64, "min_ngram", 1, "max_ngram", 8L))).isEqualTo(lookup(64, 1, 8));
        assertThat(speculative(Map.of("max_ngram", 1.0))).isEqualTo(lookup(16, 1, 1));
        assertThat(speculative(Map.of("min_ngram", 6))).isEqualTo(lookup(16, 6, 8));
    }

    @Test
    void draftsOfASecondModelNeedOneAndKeepTheLawOrTheBytesByTheirVerifier() throws Exception {
        assertThat(speculative(Map.of("draft", "model")).guarantee()).isEqualTo(Strategy.Guarantee.LOSSLESS);
        assertThat(speculative(Map.of("draft", "model", "verify", "equality", "max_draft", 16, "siblings", 1)).guarantee())
                .isEqualTo(Strategy.Guarantee.LOSSLESS);
        assertThat(speculative(Map.of("draft", "model", "verify", "rejection", "siblings", 4)).guarantee()).isEqualTo(Strategy.Guarantee.SAME_LAW);
        refused(parameters(Map.of("draft", "model", "siblings", 2)), "decoding.speculative.siblings", "invalid_value", "'rejection', got 2");
        refused(parameters(Map.of("draft", "model", "max_draft", 17)), "decoding.speculative.max_draft", "integer_above_max_value", "got 17");
        refused(parameters(Map.of("draft", "model", "verify", "zap")), "decoding.speculative.verify", "invalid_value", "got 'zap'");

        StrategySelector alone = new StrategySelector("standard", new ModelTraits(Decodings.MODEL.shape(), false));
        assertThatThrownBy(() -> alone.select(wish(parameters(Map.of("draft", "model"))))).isInstanceOfSatisfying(InvalidDecoding.class, e -> {
            assertThat(e.param()).isEqualTo("decoding.speculative.draft");
            assertThat(e.code()).isEqualTo("unsupported_value");
            assertThat(e).hasMessageContaining("needs a second model").hasMessageContaining("cadenza.decoding.draft-model.id");
        });
    }

    @Test
    void predictionNeedsThePredictedText() throws Exception {
        Map<String, Object> decoding = parameters(Map.of("draft", "prediction"));

        refused(decoding, "prediction", "missing_required_parameter", "needs the request's `prediction`");
        assertThat(selector.select(new Wish(decoding, new int[] {1}, 1, 1, 1)).reason()).isEqualTo("request");
    }

    @Test
    void malformedFieldsAreRefusedWithTheirPath() {
        refused("fast", "decoding", "invalid_type", "must be an object, got a string");
        refused(List.of(), "decoding", "invalid_type", "got an array");
        refused(Map.of("strategy", "zap"), "decoding.strategy", "invalid_value", "one of [auto, standard, speculative, skip_decode, cntp, momentum, diff_adapt, cyclic_reflex], got 'zap'");
        refused(Map.of("strategy", 3), "decoding.strategy", "invalid_type", "must be a string, got the number 3");
        refused(Map.of("trace", "yes"), "decoding.trace", "invalid_type", "must be a boolean");
        refused(Map.of("auto", Map.of("zap", 1)), "decoding.auto.zap", "unknown_parameter", "not a known parameter");
        refused(Map.of("strategy", "standard", "auto", Map.of()), "decoding.auto", "unknown_parameter", "not a known parameter");
        refused(Map.of("zap", 1), "decoding.zap", "unknown_parameter", "not a known parameter");
        refused(Map.of("strategy", "standard", "standard", Map.of("zap", 1)), "decoding.standard.zap", "unknown_parameter", "zap");
        refused(Map.of("strategy", "speculative", "speculative", true), "decoding.speculative", "invalid_type", "must be an object, got a boolean");
        refused(parameters(Map.of("zap", 1)), "decoding.speculative.zap", "unknown_parameter", "zap");
        refused(parameters(Map.of("draft", "zap")), "decoding.speculative.draft", "invalid_value", "got 'zap'");
        refused(parameters(Map.of("draft", Map.of())), "decoding.speculative.draft", "invalid_type", "got an object");
        refused(parameters(Map.of("max_draft", 65)), "decoding.speculative.max_draft", "integer_above_max_value", "must be in [1, 64], got 65");
        refused(parameters(Map.of("max_draft", 0)), "decoding.speculative.max_draft", "integer_below_min_value", "got 0");
        refused(parameters(Map.of("max_draft", 1L << 40)), "decoding.speculative.max_draft", "integer_above_max_value", "got 1099511627776");
        refused(parameters(Map.of("max_draft", 1.5)), "decoding.speculative.max_draft", "invalid_type", "must be an integer, got the number 1.5");
        refused(parameters(Map.of("max_draft", "8")), "decoding.speculative.max_draft", "invalid_type", "got a string");
        refused(parameters(Map.of("max_ngram", 3, "min_ngram", 4)), "decoding.speculative.min_ngram", "integer_above_max_value", "[1, 3]");
    }

    @Test
    void strategiesThatChangeTheLawReadTheirParameters() throws Exception {
        assertThat(selected("skip_decode", Map.of())).isEqualTo(new SkipDecode(new DepthSchedule(4, 4, 3, 1, 256)));
        assertThat(selected("skip_decode", Map.of("min_layers", 2, "max_layers", 3, "warmup_layers", 0, "decay_tokens", 9)))
                .isEqualTo(new SkipDecode(new DepthSchedule(4, 3, 2, 0, 9)));
        assertThat(selected("skip_decode", Map.of("target_speedup", 1.6))).isEqualTo(new SkipDecode(new DepthSchedule(4, 3, 2, 1, 256)));
        assertThat(selected("skip_decode", Map.of("min_layers", 4)).guarantee()).isEqualTo(Strategy.Guarantee.LOSSLESS);
        assertThat(selected("cntp", Map.of("max_trials", 3, "entropy_on", "raw", "on_pressure", "degrade", "max_entropy", 2)))
                .isEqualTo(new Cntp(3, 0.01, 2, 32, Cntp.EntropyOn.RAW, Cntp.OnPressure.DEGRADE));
        assertThat(selected("momentum", Map.of("alpha", 0.5))).isEqualTo(new Momentum(0.5, 5, true));
        assertThat(selected("cyclic_reflex", Map.of("period", 100))).isEqualTo(new CyclicReflex(new Wave(5, 100), List.of(3), -1));
        refused(Map.of("strategy", "skip_decode", "skip_decode", Map.of("target_speedup", 2, "min_layers", 3)), "decoding.skip_decode.min_layers",
                "unknown_parameter", "min_layers");
        refused(Map.of("strategy", "skip_decode", "skip_decode", Map.of("min_layers", 2, "warmup_layers", 2)), "decoding.skip_decode.warmup_layers",
                "integer_above_max_value", "must be below");
        refused(Map.of("strategy", "cntp", "cntp", Map.of("min_entropy", 2)), "decoding.cntp.min_entropy", "decimal_above_max_value", "= 1.5, got 2");
        refused(Map.of("strategy", "momentum"), "temperature", "unsupported_value", "must be 0");
    }

    private Strategy selected(String name, Map<String, Object> parameters) throws InvalidDecoding {
        return selector.select(new Wish(Map.of("strategy", name, name, parameters), null, 1, 1, 0)).strategy();
    }

    @Test
    void unknownFieldsAreRefusedEvenWhenNull() {
        Map<String, Object> zap = new HashMap<>();
        zap.put("zap", null);

        refused(zap, "decoding.zap", "unknown_parameter", "not a known parameter");
        refused(parameters(zap), "decoding.speculative.zap", "unknown_parameter", "not a known parameter");
    }

    @Test
    void parametersOfAStrategyThatIsNotChosenAreRefused() {
        refused(Map.of("speculative", Map.of()), "decoding.speculative", "invalid_value", "needs `decoding.strategy` = 'speculative', got 'auto'");
        refused(Map.of("strategy", "standard", "speculative", Map.of()), "decoding.speculative", "invalid_value", "got 'standard'");
    }

    private static Wish wish(Object decoding) {
        return new Wish(decoding, null, 1, 1, 1);
    }

    private static Wish predicting(Object decoding) {
        return new Wish(decoding, new int[] {1, 2, 3}, 1, 1, 1);
    }

    private static Strategy lookup(int maxDraft, int minNgram, int maxNgram) {
        return Decodings.speculative(Map.of("draft", "prompt_lookup", "max_draft", maxDraft, "min_ngram", minNgram, "max_ngram", maxNgram));
    }

    private Strategy speculative(Map<String, Object> parameters) throws InvalidDecoding {
        return selector.select(wish(parameters(parameters))).strategy();
    }

    private static Map<String, Object> parameters(Map<String, Object> speculative) {
        return Map.of("strategy", "speculative", "speculative", speculative);
    }

    private void refused(Object decoding, String param, String code, String message) {
        assertThatThrownBy(() -> selector.select(wish(decoding))).isInstanceOfSatisfying(InvalidDecoding.class, e -> {
            assertThat(e.param()).isEqualTo(param);
            assertThat(e.code()).isEqualTo(code);
            assertThat(e).hasMessageContaining(message);
        });
    }
}
