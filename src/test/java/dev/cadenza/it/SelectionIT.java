package dev.cadenza.it;

import static dev.cadenza.it.RunningServer.ask;
import static dev.cadenza.it.RunningServer.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

/** Which strategy a request gets, over HTTP with the real model in the default mode; whichever it is, the bytes are the same. */
class SelectionIT {
    private static final RunningServer SERVER = RunningServer.shared();
    private static final String QUESTION = "Write three sentences about the sea.";

    private static ObjectNode request() {
        return ask(QUESTION).put("temperature", 0.8).put("seed", 3).put("max_tokens", 60);
    }

    private static JsonNode standard() {
        ObjectNode body = request();
        body.putObject("decoding").put("strategy", "standard");
        return SERVER.chat(body);
    }

    @Test
    void requestThatNamesNothingIsDecodedByTheRulesWithStandardsBytes() {
        JsonNode answer = SERVER.chat(request());

        assertThat(answer.at("/decoding/reason").asText()).isEqualTo("auto: history");
        assertThat(answer.at("/choices")).isEqualTo(standard().at("/choices"));
    }

    @Test
    void ownAnswerAsPredictionGivesTheSameBytesInFewerStepsAndIsCounted() throws Exception {
        JsonNode standard = standard();
        double before = SERVER.metric("cadenza_decoding_accepted_total");
        ObjectNode body = request();
        body.putObject("prediction").put("type", "content").put("content", text(standard));
        body.putObject("decoding").put("trace", true);

        JsonNode answer = SERVER.chat(body);

        assertThat(answer.at("/choices")).isEqualTo(standard.at("/choices"));
        JsonNode decoding = answer.get("decoding");
        assertThat(decoding.get("reason").asText()).isEqualTo("prediction");
        assertThat(decoding.get("draft").asText()).isEqualTo("prediction");
        assertThat(decoding.get("steps").asInt()).isLessThan(standard.at("/decoding/steps").asInt() / 2);
        int accepted = decoding.get("accepted").asInt();
        JsonNode details = answer.at("/usage/completion_tokens_details");
        assertThat(details.get("accepted_prediction_tokens").asInt()).isEqualTo(accepted).isPositive();
        assertThat(details.get("rejected_prediction_tokens").asInt()).isEqualTo(decoding.get("drafted").asInt() - accepted);
        assertThat(decoding.get("trace")).hasSize(answer.at("/usage/completion_tokens").asInt());
        assertThat(decoding.get("trace")).filteredOn(token -> token.get("source").asText().equals("draft")).hasSize(accepted);
        assertThat(SERVER.metric("cadenza_decoding_accepted_total") - before).isEqualTo(accepted);
    }

    @Test
    void strategiesAreListed() throws Exception {
        JsonNode list = RunningServer.JSON.readTree(SERVER.get("/v1/decoding/strategies").body());

        assertThat(list.get("default").asText()).isEqualTo("auto");
        assertThat(list.get("data")).extracting(entry -> entry.get("id").asText()).contains("standard", "speculative", "auto");
    }
}
