package dev.cadenza.api.decoding;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cadenza.decoding.AutoRule;
import dev.cadenza.decoding.AutoRule.OfLoad;
import dev.cadenza.decoding.AutoRule.Range;
import dev.cadenza.decoding.AutoRule.Tools;
import dev.cadenza.decoding.AutoRule.When;
import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.Load;
import dev.cadenza.decoding.StrategyDescription;
import dev.cadenza.decoding.Strategy.Guarantee;
import dev.cadenza.decoding.StrategyDescription.DraftDescription;
import dev.cadenza.decoding.StrategySelector;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

@QuarkusTest
class StrategiesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void everyStrategyIsListedWithSchemaGuaranteeAndRefusals() throws Exception {
        JsonNode list = JSON.readTree(given().get("/v1/decoding/strategies").then().statusCode(200).extract().asString());

        assertThat(list.get("object").asText()).isEqualTo("list");
        assertThat(list.get("default").asText()).isEqualTo("standard");
        assertThat(list.get("data")).extracting(entry -> entry.get("id").asText()).containsExactly("standard", "speculative", "skip_decode", "cntp", "momentum",
                "diff_adapt", "cyclic_reflex", "auto");
        JsonNode standard = list.at("/data/0");
        assertThat(standard.toString()).isEqualTo("""
                {"id":"standard","object":"decoding.strategy","description":"Draws one token per step; the yardstick of the others",\
                "guarantee":"lossless","available":true,"parameters":{"type":"object","properties":{},"additionalProperties":false},\
                "refused":[{"with":"prediction","reason":"it drafts nothing, so that the prediction would go unused"}]}""");
        JsonNode speculative = list.at("/data/1");
        assertThat(speculative.get("guarantee").asText()).isEqualTo("lossless");
        assertThat(speculative.at("/parameters/oneOf/0/properties/max_draft").toString()).isEqualTo("""
                {"type":"integer","minimum":1,"maximum":64,"default":16,\
                "description":"Rows that a step may verify for the sequence beyond its own"}""");
        assertThat(speculative.get("refused")).extracting(refused -> refused.get("with").asText()).containsExactly("skip_decode", "prediction");
        assertThat(speculative.get("drafts")).extracting(draft -> draft.get("id").asText()).contains("prompt_lookup", "prediction");
        assertThat(speculative.get("drafts")).filteredOn(draft -> draft.get("id").asText().equals("prediction")).singleElement()
                .satisfies(draft -> assertThat(draft.get("needs").toString()).isEqualTo("[\"prediction\"]"));
    }

    @Test
    void autoTellsItsRules() throws Exception {
        JsonNode auto = JSON.readTree(given().get("/v1/decoding/strategies").asString()).get("data").valueStream()
                .filter(entry -> entry.get("id").asText().equals("auto")).findFirst().orElseThrow();

        assertThat(auto.get("guarantee").asText()).isEqualTo("lossless");
        assertThat(auto.at("/rules/0").toString()).isEqualTo("{\"name\":\"crowd\",\"when\":{\"running_at_least\":3},\"reads_load\":true,"
                + "\"load_margin\":0.5,\"strategy\":\"standard\",\"parameters\":{}}");
        assertThat(auto.at("/rules/1").toString()).isEqualTo("{\"name\":\"history\",\"when\":{},\"reads_load\":false,"
                + "\"strategy\":\"speculative\",\"parameters\":{\"draft\":\"suffix\"}}");

        var when = new When(new Range(1, 9), Range.atLeast(64), new Range(0.5, 2), Tools.WITHOUT,
                new OfLoad(Range.atLeast(1), Range.atMost(2), new Range(0.25, 0.5), 0));
        var rule = new AutoRule("all", when, "standard", Map.of());
        var configured = StrategyList.of(new StrategySelector("auto", List.of(rule), Decodings.MODEL, () -> Load.NONE).catalogue());
        assertThat(JSON.<JsonNode>valueToTree(configured).findValue("when").toString()).isEqualTo("{\"prompt_tokens_at_least\":1,"
                + "\"prompt_tokens_at_most\":9,\"max_tokens_at_least\":64,\"temperature_at_least\":0.5,\"temperature_at_most\":2,\"tools\":false,"
                + "\"waiting_at_least\":1,\"running_at_most\":2,\"kv_used_at_least\":0.25,\"kv_used_at_most\":0.5}");
    }

    @Test
    void aDraftThatTheServerCannotHaveSaysWhy() {
        var draft = new DraftDescription("model", "A second model", Guarantee.LOSSLESS, "it has no second model", List.of());
        var entry = StrategyEntry.of(new StrategyDescription("speculative", "", Guarantee.LOSSLESS, Map.of(), Map.of(), List.of(draft)));

        assertThat(entry.available()).isFalse();
        assertThat(JSON.valueToTree(entry).at("/drafts/0").toString())
                .contains("\"available\":false,\"unavailable_because\":\"it has no second model\"");
    }
}
