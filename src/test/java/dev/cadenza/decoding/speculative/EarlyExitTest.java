package dev.cadenza.decoding.speculative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.StrategySelector;
import dev.cadenza.decoding.Wish;
import dev.cadenza.decoding.speculative.EarlyExit.FirstLayers;
import dev.cadenza.decoding.speculative.EarlyExit.Without;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.Shape;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EarlyExitTest {
    private static final Shape THIRTY = new Shape(30, 576, 49_152, 8192, 1, 1, 64, true);

    @Test
    void parametersAreTakenOrDefaulted() throws Exception {
        assertThat(parsed(THIRTY, Map.of())).isEqualTo(new EarlyExit(new FirstLayers(27), 4, false));
        assertThat(parsed(Decodings.MODEL.shape(), Map.of())).isEqualTo(new EarlyExit(new FirstLayers(3), 4, false));
        assertThat(parsed(withLayers(2), Map.of())).isEqualTo(new EarlyExit(new FirstLayers(1), 4, false));
        assertThat(parsed(THIRTY, Map.of("exit_layer", 29, "max_draft", 16))).isEqualTo(new EarlyExit(new FirstLayers(29), 16, false));
        assertThat(parsed(THIRTY, Map.of("skip_layers", List.of(7, 28, 7L, 1.0)))).isEqualTo(new EarlyExit(without(1, 7, 28), 4, false));
        assertThat(parsed(THIRTY, Map.of("skip_layers", List.of()))).isEqualTo(new EarlyExit(without(), 4, false));
        assertThat(parsed(THIRTY, Map.of()).guarantee()).isEqualTo(Strategy.Guarantee.LOSSLESS);
    }

    @Test
    void layersThatTheModelDoesNotHaveOrThatMustRunAreRefused() {
        refused(THIRTY, Map.of("exit_layer", 0), "exit_layer", "integer_below_min_value", "must be in [1, 29], got 0");
        refused(THIRTY, Map.of("exit_layer", 30), "exit_layer", "integer_above_max_value", "must be in [1, 29], got 30");
        refused(THIRTY, Map.of("max_draft", 17), "max_draft", "integer_above_max_value", "must be in [1, 16], got 17");
        refused(THIRTY, Map.of("skip_layers", List.of(3, 0)), "skip_layers[1]", "integer_below_min_value", "must be in [1, 28], got 0");
        refused(THIRTY, Map.of("skip_layers", List.of(29)), "skip_layers[0]", "integer_above_max_value", "must be in [1, 28], got 29");
        refused(THIRTY, Map.of("skip_layers", List.of("1")), "skip_layers[0]", "invalid_type", "must be an integer, got a string");
        refused(THIRTY, Map.of("skip_layers", Arrays.asList(1, null)), "skip_layers[1]", "invalid_type", "must be an integer, got null");
        refused(THIRTY, Map.of("skip_layers", 3), "skip_layers", "invalid_type", "must be an array of integers, got the number 3");
        refused(THIRTY, Map.of("skip_layers", List.of(3), "exit_layer", 3), "skip_layers", "invalid_value", "exit_layer");
        refused(withLayers(1), Map.of(), "draft", "unsupported_value", "2 layers or more, this one has 1");
    }

    @Test
    void skippedPassRunsTheOtherLayers() {
        BitSet others = new BitSet();
        IntStream.of(0, 1, 3, 5).forEach(others::set);

        assertThat(without(2, 4).layers(6)).isEqualTo(LayerSet.of(others));
        assertThat(new FirstLayers(4).layers(6)).isEqualTo(LayerSet.range(0, 4));
    }

    @Test
    void durationsCountLayersAndHeads() {
        // Four layers that are 4/5 of a step, the head being 1/5; a row more costs a tenth.
        Shape shape = new Shape(4, 10, 120, 100, 1, 1, 4, true);

        assertThat(new FirstLayers(2).duration(0, shape, rows -> 5)).isCloseTo(1, within(1e-12));
        assertThat(new FirstLayers(2).duration(2, shape, rows -> 9 + rows))
                .isCloseTo(3 * 0.4 + 2 * 0.2 + 0.6 * 1.2, within(1e-12));
        assertThat(without(1).duration(2, shape, rows -> 9 + rows)).isCloseTo(2 * 0.8 + 1.2, within(1e-12));
    }

    private static Without without(int... layers) {
        BitSet skipped = new BitSet();
        IntStream.of(layers).forEach(skipped::set);
        return new Without(skipped);
    }

    private static Shape withLayers(int layers) {
        return new Shape(layers, 8, 10, 100, 64, 6400, 4, true);
    }

    private static Strategy parsed(Shape shape, Map<String, Object> parameters) throws InvalidDecoding {
        Map<String, Object> speculative = new HashMap<>(parameters);
        speculative.put("draft", "early_exit");
        Map<String, Object> decoding = Map.of("strategy", "speculative", "speculative", speculative);
        return new StrategySelector("standard", new ModelTraits(shape, false)).select(new Wish(decoding, null, 1, 1, 1)).strategy();
    }

    private static void refused(Shape shape, Map<String, Object> parameters, String field, String code, String message) {
        assertThatThrownBy(() -> parsed(shape, parameters)).isInstanceOfSatisfying(InvalidDecoding.class, e -> {
            assertThat(e.param()).isEqualTo("decoding.speculative." + field);
            assertThat(e.code()).isEqualTo(code);
            assertThat(e).hasMessageContaining(message);
        });
    }
}
