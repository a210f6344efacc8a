package dev.cadenza.api.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cadenza.api.error.ApiException;
import dev.cadenza.api.wire.Field;
import dev.cadenza.api.wire.Reader;
import dev.cadenza.api.wire.WireObject;
import dev.cadenza.sampling.SamplingParameters;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The fields that shape how tokens are drawn and when an answer ends, and what they mean together. */
final class SamplingFields {
    private static final int MAX_CHOICES = 128;
    private static final int MAX_STOPS = 4;
    private static final int MAX_BIASES = 1 << 20;
    private static final int MAX_BIAS_KEY = 20;
    private static final Pattern CANONICAL_ID = Pattern.compile("0|[1-9][0-9]*");
    /** Below this the law is greedy in float32 but for ties; dividing by it could overflow. */
    private static final double GREEDY_TEMPERATURE = 1e-6;
    /** Drawn seeds are integers that every JSON reader keeps exactly. */
    private static final int SEED_BITS_DROPPED = 11;
    private static final SecureRandom RANDOM = new SecureRandom();

    static final Field<Double> TEMPERATURE = Field.of("temperature", Reader.decimal(0, 2), 1.0);
    static final Field<Double> TOP_P = Field.of("top_p", Reader.decimal(0, 1), 1.0);
    static final Field<Long> TOP_K = Field.of("top_k", Reader.integer(-1, Integer.MAX_VALUE), 0L);
    static final Field<Double> MIN_P = Field.of("min_p", Reader.decimal(0, 1), 0.0);
    static final Field<Double> FREQUENCY_PENALTY = Field.of("frequency_penalty", Reader.decimal(-2, 2), 0.0);
    static final Field<Double> PRESENCE_PENALTY = Field.of("presence_penalty", Reader.decimal(-2, 2), 0.0);
    static final Field<Double> REPETITION_PENALTY = Field.of("repetition_penalty", Reader.decimal(Float.MIN_NORMAL, 2), null);
    static final Field<Double> REPEAT_PENALTY = Field.of("repeat_penalty", Reader.decimal(Float.MIN_NORMAL, 2), null);
    static final Field<Map<String, Double>> LOGIT_BIAS = Field.of("logit_bias", Reader.map(MAX_BIASES, MAX_BIAS_KEY, Reader.decimal(-100, 100)), Map.of());
    static final Field<Long> SEED = Field.of("seed", Reader.integer(Long.MIN_VALUE, Long.MAX_VALUE), null);
    static final Field<Long> N = Field.of("n", Reader.integer(1, MAX_CHOICES), 1L);
    static final Field<List<String>> STOP = Field.of("stop", SamplingFields::stops, List.of());
    static final Field<Boolean> LOGPROBS = Field.of("logprobs", Reader.bool(), false);
    static final Field<Long> TOP_LOGPROBS = Field.of("top_logprobs", Reader.integer(0, 20), null);

    static final List<Field<?>> ALL = List.of(TEMPERATURE, TOP_P, TOP_K, MIN_P, FREQUENCY_PENALTY, PRESENCE_PENALTY, REPETITION_PENALTY, REPEAT_PENALTY,
            LOGIT_BIAS, SEED, N, STOP, LOGPROBS, TOP_LOGPROBS);

    private SamplingFields() {
    }

    /** @param vocabulary ids that a bias may name are below it */
    static SamplingParameters sampling(WireObject body, int vocabulary) {
        double temperature = TEMPERATURE.in(body);
        double topP = TOP_P.in(body);
        boolean greedy = temperature < GREEDY_TEMPERATURE || topP == 0;
        return new SamplingParameters(greedy ? 0 : (float) temperature, (int) Math.max(0, TOP_K.in(body)), topP == 0 ? 1 : (float) topP,
                MIN_P.in(body).floatValue(), FREQUENCY_PENALTY.in(body).floatValue(), PRESENCE_PENALTY.in(body).floatValue(), repetitionPenalty(body),
                bias(body, vocabulary));
    }

    static long seed(WireObject body) {
        Long given = SEED.in(body);
        return given == null ? RANDOM.nextLong() >>> SEED_BITS_DROPPED : given;
    }

    /** @return 0..20, or -1: no log-probabilities */
    static int topLogprobs(WireObject body) {
        boolean wanted = LOGPROBS.in(body);
        Long top = TOP_LOGPROBS.in(body);
        if (top != null && !wanted) {
            throw ApiException.invalid("top_logprobs", "invalid_value", "Invalid 'top_logprobs': it needs 'logprobs' to be true.");
        }
        return wanted ? top == null ? 0 : top.intValue() : -1;
    }

    static int choices(WireObject body, int limit) {
        long n = N.in(body);
        if (n > limit) {
            throw ApiException.invalid("n", "integer_above_max_value",
                    "Invalid 'n': integer above maximum value. This server gives at most %d choices, but got %d instead.".formatted(limit, n));
        }
        return (int) n;
    }

    private static float repetitionPenalty(WireObject body) {
        Double one = REPETITION_PENALTY.in(body);
        Double other = REPEAT_PENALTY.in(body);
        if (one != null && other != null && !one.equals(other)) {
            throw ApiException.invalid("repeat_penalty", "invalid_value",
                    "Invalid 'repeat_penalty': it is another name of 'repetition_penalty' and differs from it: %s and %s.".formatted(other, one));
        }
        return one != null ? one.floatValue() : other != null ? other.floatValue() : 1;
    }

    private static Map<Integer, Float> bias(WireObject body, int vocabulary) {
        var bias = new HashMap<Integer, Float>();
        LOGIT_BIAS.in(body).forEach((key, value) -> bias.put(token(key, vocabulary), value.floatValue()));
        return bias;
    }

    private static int token(String key, int vocabulary) {
        // Leading zeros would name one token twice.
        boolean canonical = CANONICAL_ID.matcher(key).matches();
        if (!canonical || key.length() > 10 || Long.parseLong(key) >= vocabulary) {
            throw ApiException.invalid("logit_bias", "invalid_value",
                    "Invalid key in 'logit_bias': '%s' is no token id of the model; ids are 0 to %d.".formatted(key, vocabulary - 1));
        }
        return Integer.parseInt(key);
    }

    private static List<String> stops(String path, JsonNode node) {
        return node.isTextual() ? List.of(Reader.nonEmptyText().read(path, node)) : Reader.array(1, MAX_STOPS, Reader.nonEmptyText()).read(path, node);
    }
}
