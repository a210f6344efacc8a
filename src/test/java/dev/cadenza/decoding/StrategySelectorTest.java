package dev.cadenza.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.decoding.StrategySelector.Selection;
import dev.cadenza.decoding.standard.Standard;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrategySelectorTest {
    private final StrategySelector selector = new StrategySelector("standard", Decodings.MODEL);

    @Test
    void withoutAWishTheDefaultDecodes() throws Exception {
        Map<String, Object> nulls = new HashMap<>();
        nulls.put("strategy", null);
        nulls.put("trace", null);
        nulls.put("speculative", null);
        nulls.put("cntp", null);
        for (Map<String, Object> decoding : Arrays.asList(null, Map.<String, Object>of(), Map.<String, Object>of("strategy", "auto"), nulls)) {
            assertThat(selector.select(wish(decoding))).isEqualTo(new Selection(new Standard(), "default", false));
        }
        assertThat(new StrategySelector("speculative", Decodings.MODEL).select(Wish.NOTHING)).isEqualTo(new Selection(lookup(16, 2, 4), "default", false));
        assertThatThrownBy(() -> new StrategySelector("zap", Decodings.MODEL)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the default strategy must be one of [auto, standard, speculative], got 'zap'");
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
        assertThat(speculative(Map.of("draft", "suffix"))).isEqualTo(speculative(
                Map.of("draft", "suffix", "max_draft", 16, "max_depth", 64, "min_probability", new BigDecimal("0.1"), "factor", 1)));
        assertThat(speculative(Map.of("draft", "suffix", "factor", 2.5))).isNotEqualTo(speculative(Map.of("draft", "suffix")));
    }

    @Test
        assertThat(speculative(Map.of("draft", "token_recycling"))).isEqualTo(speculative(Map.of("draft", "token_recycling", "max_draft", 24,
                "max_depth", 6, "scope", "shared"))).isNotEqualTo(speculative(Map.of("draft", "token_recycling", "scope", "request")));
    }

    @Test
    void whatThisVersionDoesNotHaveIsRefusedByName() {
        for (String name : List.of("skip_decode", "cntp", "diff_adapt")) {
            refused(Map.of("strategy", name), "decoding.strategy", "unsupported_value", name);
            refused(Map.of(name, Map.of()), "decoding." + name, "unsupported_parameter", "does not have it");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {})
    void draftsThatThisVersionDoesNotHaveAreRefusedByName(String draft) {
        refused(parameters(Map.of("draft", draft)), "decoding.speculative.draft", "unsupported_value", "does not have '" + draft + "'");
    }

    @Test
    void predictionNeedsThePredictedText() throws Exception {
        Map<String, Object> decoding = parameters(Map.of("draft", "prediction"));

        refused(decoding, "prediction", "missing_required_parameter", "needs the request's `prediction`");
        assertThat(selector.select(new Wish(decoding, new int[] {1}, 1, 1, 1)).reason()).isEqualTo("request");
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
    void malformedFieldsAreRefusedWithTheirPath() {
        refused("fast", "decoding", "invalid_type", "must be an object, got a string");
        refused(List.of(), "decoding", "invalid_type", "got an array");
        refused(Map.of("strategy", "zap"), "decoding.strategy", "invalid_value", "one of [auto, standard, speculative], got 'zap'");
        refused(Map.of("strategy", 3), "decoding.strategy", "invalid_type", "must be a string, got the number 3");
        refused(Map.of("trace", "yes"), "decoding.trace", "invalid_type", "must be a boolean");
        refused(Map.of("zap", 1), "decoding.zap", "unknown_parameter", "not a known parameter");
        refused(Map.of("strategy", "standard", "standard", Map.of("zap", 1)), "decoding.standard.zap", "unknown_parameter", "zap");
        refused(Map.of("strategy", "speculative", "speculative", true), "decoding.speculative", "invalid_type", "must be an object, got a boolean");
        refused(parameters(Map.of("zap", 1)), "decoding.speculative.zap", "unknown_parameter", "zap");
        refused(parameters(Map.of("draft", "zap")), "decoding.speculative.draft", "invalid_value", "one of [prompt_lookup, prediction, suffix, token_recycling, early_exit, model], got 'zap'");
        refused(parameters(Map.of("draft", Map.of())), "decoding.speculative.draft", "invalid_type", "got an object");
        refused(parameters(Map.of("max_draft", 65)), "decoding.speculative.max_draft", "integer_above_max_value", "must be in [1, 64], got 65");
        refused(parameters(Map.of("max_draft", 0)), "decoding.speculative.max_draft", "integer_below_min_value", "got 0");
        refused(parameters(Map.of("max_draft", 1L << 40)), "decoding.speculative.max_draft", "integer_above_max_value", "got 1099511627776");
        refused(parameters(Map.of("max_draft", 1.5)), "decoding.speculative.max_draft", "invalid_type", "must be an integer, got the number 1.5");
        refused(parameters(Map.of("max_draft", "8")), "decoding.speculative.max_draft", "invalid_type", "got a string");
        refused(suffix("max_depth", 1), "decoding.speculative.max_depth", "integer_below_min_value", "must be in [2, 256], got 1");
        refused(suffix("min_probability", -0.5), "decoding.speculative.min_probability", "decimal_below_min_value", "in [0.0, 1.0], got -0.5");
        refused(suffix("min_probability", 2), "decoding.speculative.min_probability", "decimal_above_max_value", "got 2");
        refused(suffix("factor", 1e300), "decoding.speculative.factor", "decimal_above_max_value", "must be in [0.1, 16.0], got 1.0E300");
        refused(suffix("factor", "1"), "decoding.speculative.factor", "invalid_type", "must be a number, got a string");
        refused(suffix("max_ngram", 3), "decoding.speculative.max_ngram", "unknown_parameter", "max_ngram");
    }

    @Test
        refused(parameters(Map.of("draft", "token_recycling", "max_depth", 17)), "decoding.speculative.max_depth", "integer_above_max_value",
                "[1, 16], got 17");
        refused(parameters(Map.of("draft", "token_recycling", "scope", "world")), "decoding.speculative.scope", "invalid_value",
                "one of [shared, request], got 'world'");
        refused(parameters(Map.of("draft", "token_recycling", "min_ngram", 2)), "decoding.speculative.min_ngram", "unknown_parameter", "min_ngram");
        refused(parameters(Map.of("max_ngram", 3, "min_ngram", 4)), "decoding.speculative.min_ngram", "integer_above_max_value", "[1, 3]");
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

    private static Strategy lookup(int maxDraft, int minNgram, int maxNgram) {
        return Decodings.speculative(Map.of("draft", "prompt_lookup", "max_draft", maxDraft, "min_ngram", minNgram, "max_ngram", maxNgram));
    }

    private Strategy speculative(Map<String, Object> parameters) throws InvalidDecoding {
        return selector.select(wish(parameters(parameters))).strategy();
    }

    private static Map<String, Object> parameters(Map<String, Object> speculative) {
        return Map.of("strategy", "speculative", "speculative", speculative);
    }

    private static Map<String, Object> suffix(String name, Object value) {
        return parameters(Map.of("draft", "suffix", name, value));
    }

    private void refused(Object decoding, String param, String code, String message) {
        assertThatThrownBy(() -> selector.select(wish(decoding))).isInstanceOfSatisfying(InvalidDecoding.class, e -> {
            assertThat(e.param()).isEqualTo(param);
            assertThat(e.code()).isEqualTo(code);
            assertThat(e).hasMessageContaining(message);
        });
    }
}
