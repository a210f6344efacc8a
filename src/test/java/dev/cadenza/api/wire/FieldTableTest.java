package dev.cadenza.api.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.api.error.ApiException;
import dev.cadenza.api.error.ApiProblem.InvalidRequest;
import dev.cadenza.tokenizer.Surrogates;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FieldTableTest {
    private static final Field<Long> COUNT = Field.of("count", Reader.integer(1, 5), 2L);
    private static final FieldTable TABLE = FieldTable.of(COUNT, Field.refused("magic"));

    @Test
    void absentAndNullMeanTheDefault() {
        assertThat(COUNT.in(object("{}"))).isEqualTo(2);
        assertThat(COUNT.in(object("{\"count\":null}"))).isEqualTo(2);
        assertThat(COUNT.in(object("{\"count\":5}"))).isEqualTo(5);
    }

    @Test
    void unknownFieldIsRefusedByName() {
        assertThatThrownBy(() -> TABLE.check(object("{\"zap\":null}"), new UnknownFields(UnknownFields.Policy.REFUSE)))
                .isInstanceOfSatisfying(ApiException.class, refused -> assertThat(refused.problem())
                        .isEqualTo(new InvalidRequest("zap", "unknown_parameter", "Unknown parameter: 'zap'.")));
    }

    @Test
    void unknownFieldsAreReportedFitForAHeader() {
        var unknown = new UnknownFields(UnknownFields.Policy.REPORT);

        TABLE.check(object("{\"zap\":1,\"count\":3,\"a\\r\\nset-cookie: b\":1}"), unknown);

        assertThat(unknown.ignored()).containsExactly("zap", "a??set-cookie??b");
    }

    @Test
    void refusedFieldIsRefusedInReportModeToo() {
        assertThatThrownBy(() -> TABLE.check(object("{\"magic\":1}"), new UnknownFields(UnknownFields.Policy.REPORT)))
                .isInstanceOf(ApiException.class).hasMessageContaining("'magic'");
    }

    @Test
    void unpairedSurrogatesAreReplacedAndPairsKept() {
        assertThat(Surrogates.repaired("a\uD83D\uDE00b\uD83Dc\uDE00")).isEqualTo("a\uD83D\uDE00b\uFFFDc\uFFFD");
        String fine = "plain";
        assertThat(Surrogates.repaired(fine)).isSameAs(fine);
    }

    private static WireObject object(String json) {
        return Json.object(json.getBytes(StandardCharsets.UTF_8));
    }
}
