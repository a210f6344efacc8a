package dev.cadenza.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ParameterTest {
    private static final Parameter.Whole ROWS = new Parameter.Whole("rows", 3, 1, 8, "Rows");
    private static final Parameter.Decimal ODDS = new Parameter.Decimal("odds", 0.25, 0, 1, "Odds");
    private static final Parameter.Wholes LAYERS = new Parameter.Wholes("layers", 1, 6, "Layers");
    private static final Parameter.Flag WARM = new Parameter.Flag("warm", true, "Warm");
    private static final Parameter.Choice COLOUR = new Parameter.Choice("colour", "red", List.of("red", "blue"), List.of("green"), "Colour");

    @Test
    void absentMeansTheDefault() throws Exception {
        JsonFields nothing = JsonFields.of("p", Map.of());

        assertThat(ROWS.read(nothing)).isEqualTo(3);
        assertThat(ODDS.read(nothing)).isEqualTo(0.25);
        assertThat(LAYERS.read(nothing)).isEmpty();
        assertThat(WARM.read(nothing)).isTrue();
        assertThat(COLOUR.read(nothing)).isEqualTo("red");
    }

    @Test
    void boundsAreTheDeclaredOnesAndErrorsNameThem() throws Exception {
        assertThat(ROWS.read(fields("rows", 8))).isEqualTo(8);
        assertThat(ODDS.read(fields("odds", 1))).isEqualTo(1);
        assertThat(LAYERS.read(fields("layers", List.of(6, 1)))).containsExactly(6, 1);
        assertThat(WARM.read(fields("warm", false))).isFalse();
        assertThat(COLOUR.read(fields("colour", "blue"))).isEqualTo("blue");
        refused(() -> ROWS.read(fields("rows", 9)), "p.rows", "integer_above_max_value", "`p.rows` must be in [1, 8], got 9");
        refused(() -> ROWS.read(fields("rows", 0)), "p.rows", "integer_below_min_value", "`p.rows` must be in [1, 8], got 0");
        refused(() -> ODDS.read(fields("odds", 1.5)), "p.odds", "decimal_above_max_value", "`p.odds` must be in [0.0, 1.0], got 1.5");
        refused(() -> ODDS.read(fields("odds", -1)), "p.odds", "decimal_below_min_value", "`p.odds` must be in [0.0, 1.0], got -1");
        refused(() -> ODDS.read(fields("odds", "1")), "p.odds", "invalid_type", "`p.odds` must be a number, got a string");
        refused(() -> LAYERS.read(fields("layers", List.of(1, 7))), "p.layers[1]", "integer_above_max_value",
                "`p.layers[1]` must be in [1, 6], got 7");
        refused(() -> LAYERS.read(fields("layers", Arrays.asList(1, null))), "p.layers[1]", "invalid_type",
                "`p.layers[1]` must be an integer, got null");
        refused(() -> LAYERS.read(fields("layers", 1)), "p.layers", "invalid_type", "`p.layers` must be an array of integers, got the number 1");
        refused(() -> WARM.read(fields("warm", "true")), "p.warm", "invalid_type", "`p.warm` must be a boolean, got a string");
        refused(() -> COLOUR.read(fields("colour", "green")), "p.colour", "unsupported_value",
                "`p.colour`: this version does not have 'green'; it has [red, blue]");
        refused(() -> COLOUR.read(fields("colour", "grey")), "p.colour", "invalid_value", "`p.colour` must be one of [red, blue], got 'grey'");
    }

    @Test
    void textsOfTheConfigurationBecomeTheDeclaredType() throws Exception {
        JsonFields texts = JsonFields.ofTexts("k", Map.of("rows", "8", "odds", "1e-1", "warm", "false", "colour", "blue", "layers", "1, 2"));

        assertThat(ROWS.read(texts)).isEqualTo(8);
        assertThat(ODDS.read(texts)).isEqualTo(0.1);
        assertThat(LAYERS.read(texts)).containsExactly(1, 2);
        assertThat(WARM.read(texts)).isFalse();
        assertThat(COLOUR.read(texts)).isEqualTo("blue");
        texts.refuseUnread();
        refused(() -> ROWS.read(JsonFields.ofTexts("k", Map.of("rows", "1.5"))), "k.rows", "invalid_type", "`k.rows` must be an integer, got '1.5'");
        refused(() -> ROWS.read(JsonFields.ofTexts("k", Map.of("rows", "9"))), "k.rows", "integer_above_max_value",
                "`k.rows` must be in [1, 8], got 9");
        refused(() -> ODDS.read(JsonFields.ofTexts("k", Map.of("odds", "half"))), "k.odds", "invalid_type", "`k.odds` must be a number, got 'half'");
        refused(() -> WARM.read(JsonFields.ofTexts("k", Map.of("warm", "yes"))), "k.warm", "invalid_type", "`k.warm` must be a boolean, got 'yes'");
    }

    @Test
    void narrowedOnesKeepTheirNameAndTheirDefaultInBounds() throws Exception {
        assertThat(ROWS.atMost(2).read(fields())).isEqualTo(2);
        assertThat(ROWS.or(7).read(fields())).isEqualTo(7);
        refused(() -> ROWS.atMost(2).read(fields("rows", 3)), "p.rows", "integer_above_max_value", "[1, 2]");
        assertThatThrownBy(() -> ROWS.or(9)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void schemaSaysTypeBoundsDefaultAndMeaning() {
        assertThat(Parameter.objectSchema(List.of(ROWS, ODDS, LAYERS, WARM, COLOUR)).toString()).isEqualTo("{type=object, properties={"
                + "rows={type=integer, minimum=1, maximum=8, default=3, description=Rows}, "
                + "odds={type=number, minimum=0.0, maximum=1.0, default=0.25, description=Odds}, "
                + "layers={type=array, items={type=integer, minimum=1, maximum=6}, default=[], description=Layers}, "
                + "warm={type=boolean, default=true, description=Warm}, "
                + "colour={type=string, enum=[red, blue], default=red, description=Colour}}, additionalProperties=false}");
    }

    private static JsonFields fields(Object... entries) throws InvalidDecoding {
        return JsonFields.of("p", entries.length == 0 ? Map.of() : Map.of(entries[0], entries[1]));
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable read, String param, String code, String message) {
        assertThatThrownBy(read).isInstanceOfSatisfying(InvalidDecoding.class, e -> {
            assertThat(e.param()).isEqualTo(param);
            assertThat(e.code()).isEqualTo(code);
            assertThat(e).hasMessageContaining(message);
        });
    }
}
