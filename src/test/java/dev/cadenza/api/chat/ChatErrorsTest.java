package dev.cadenza.api.chat;

import static dev.cadenza.api.chat.ChatClient.ask;
import static dev.cadenza.api.chat.ChatClient.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.cadenza.api.RawConnection;
import dev.cadenza.api.ScriptedModel;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
class ChatErrorsTest {
    @Inject
    ScriptedModel model;

    static Stream<Arguments> badFields() {
        return Stream.of(
                arguments("temperature", 3, "temperature", "decimal_above_max_value"),
                arguments("temperature", -0.1, "temperature", "decimal_below_min_value"),
                arguments("temperature", "hot", "temperature", "invalid_type"),
                arguments("top_p", -1, "top_p", "decimal_below_min_value"),
                arguments("min_p", 1.5, "min_p", "decimal_above_max_value"),
                arguments("top_k", -2, "top_k", "integer_below_min_value"),
                arguments("repetition_penalty", 0, "repetition_penalty", "decimal_below_min_value"),
                arguments("frequency_penalty", 2.1, "frequency_penalty", "decimal_above_max_value"),
                arguments("presence_penalty", -2.1, "presence_penalty", "decimal_below_min_value"),
                arguments("max_tokens", 0, "max_tokens", "integer_below_min_value"),
                arguments("max_completion_tokens", 1.5, "max_completion_tokens", "invalid_type"),
                arguments("n", 0, "n", "integer_below_min_value"),
                arguments("n", 9, "n", "integer_above_max_value"),
                arguments("n", 1_000_000_000, "n", "integer_above_max_value"),
                arguments("seed", BigInteger.TWO.pow(63), "seed", "integer_above_max_value"),
                arguments("seed", BigInteger.TWO.pow(64).negate(), "seed", "integer_below_min_value"),
                arguments("stop", List.of("a", "b", "c", "d", "e"), "stop", "array_above_max_length"),
                arguments("stop", List.of(""), "stop[0]", "invalid_value"),
                arguments("stop", "", "stop", "invalid_value"),
                arguments("stop", 7, "stop", "invalid_type"),
                arguments("stop", List.of("a", 7), "stop[1]", "invalid_type"),
                arguments("logit_bias", Map.of("99999999", 1), "logit_bias", "invalid_value"),
                arguments("logit_bias", Map.of("259", 1), "logit_bias", "invalid_value"),
                arguments("logit_bias", Map.of("-1", 1), "logit_bias", "invalid_value"),
                arguments("logit_bias", Map.of("007", 1), "logit_bias", "invalid_value"),
                arguments("logit_bias", Map.of("99999999999999999999", 1), "logit_bias", "invalid_value"),
                arguments("logit_bias", Map.of("5", 1000), "logit_bias.5", "decimal_above_max_value"),
                arguments("logit_bias", List.of(), "logit_bias", "invalid_type"),
                arguments("top_logprobs", 3, "top_logprobs", "invalid_value"),
                arguments("logprobs", 1, "logprobs", "invalid_type"),
                arguments("stream", "true", "stream", "invalid_type"),
                arguments("stream_options", Map.of("include_usage", true), "stream_options", "invalid_value"),
                arguments("decoding", "standard", "decoding", "invalid_type"),
                arguments("decoding", Map.of("strategy", "magic"), "decoding.strategy", "invalid_value"),
                arguments("decoding", Map.of("strategy", "standard", "zap", 1), "decoding.zap", "unknown_parameter"),
                arguments("frobnicate", 1, "frobnicate", "unknown_parameter"),
                arguments("store", true, "store", "unsupported_parameter"),
                arguments("functions", List.of(), "functions", "unsupported_parameter"),
                arguments("function_call", "none", "function_call", "unsupported_parameter"),
                arguments("prediction", "x", "prediction", "invalid_type"),
                arguments("prediction", Map.of("content", "x"), "prediction.type", "missing_required_parameter"),
                arguments("prediction", Map.of("type", "text", "content", "x"), "prediction.type", "unsupported_value"),
                arguments("prediction", Map.of("type", "content"), "prediction.content", "missing_required_parameter"),
                arguments("prediction", Map.of("type", "content", "content", 5), "prediction.content", "invalid_type"),
                arguments("prediction", Map.of("type", "content", "content", List.of()), "prediction.content", "invalid_value"),
                arguments("prediction", Map.of("type", "content", "content", List.of(Map.of("type", "image_url"))), "prediction.content[0].type",
                        "unsupported_value"),
                arguments("prediction", Map.of("type", "content", "content", List.of(Map.of("type", "refusal", "refusal", "x"))),
                        "prediction.content[0].type", "unsupported_value"),
                arguments("prediction", Map.of("type", "content", "content", "x", "zap", 1), "prediction.zap", "unknown_parameter"),
                arguments("decoding", Map.of("strategy", "speculative", "speculative", Map.of("draft", "prediction")), "prediction",
                        "missing_required_parameter"),
                arguments("decoding", Map.of("strategy", "speculative", "speculative", Map.of("max_draft", 65)), "decoding.speculative.max_draft",
                        "integer_above_max_value"),
                arguments("reasoning_effort", "minimal", "reasoning_effort", "unsupported_value"),
                arguments("reasoning_effort", "xhigh", "reasoning_effort", "unsupported_value"),
                arguments("reasoning_effort", 3, "reasoning_effort", "invalid_type"),
                arguments("response_format", Map.of("type", "json_object"), "response_format", "unsupported_parameter"),
                arguments("tools", List.of(Map.of("type", "function")), "tools", "unsupported_parameter"),
                arguments("tool_choice", "required", "tool_choice", "unsupported_parameter"),
                arguments("modalities", List.of("text", "audio"), "modalities", "unsupported_parameter"),
                arguments("service_tier", "flex", "service_tier", "unsupported_value"),
                arguments("audio", Map.of(), "audio", "unsupported_parameter"),
                arguments("verbosity", "low", "verbosity", "unsupported_parameter"),
                arguments("min_tokens", 3, "min_tokens", "unsupported_parameter"),
                arguments("guided_json", Map.of(), "guided_json", "unsupported_parameter"),
                arguments("chat_template", "x", "chat_template", "unsupported_parameter"),
                arguments("metadata", Map.of("k".repeat(65), "v"), "metadata", "string_above_max_length"),
                arguments("metadata", Map.of("k", "v".repeat(513)), "metadata.k", "string_above_max_length"),
                arguments("user", 7, "user", "invalid_type"),
                arguments("messages", List.of(), "messages", "invalid_value"),
                arguments("messages", "hi", "messages", "invalid_type"),
                arguments("messages", List.of("hi"), "messages[0]", "invalid_type"),
                arguments("model", "no-such", "model", "model_not_found"),
                arguments("model", 7, "model", "invalid_type"));
    }

    @ParameterizedTest
    @MethodSource("badFields")
    void badFieldIsNamed(String field, Object value, String param, String code) {
        Response response = post(ask("say:x", field, value));

        assertError(response, code.equals("model_not_found") ? 404 : 400, "invalid_request_error", param, code);
        assertThat(response.header("x-should-retry")).isEqualTo("false");
    }

    static Stream<Arguments> badMessages() {
        return Stream.of(
                arguments(Map.of("content", "x"), "messages[1].role", "missing_required_parameter"),
                arguments(Map.of("role", "wizard", "content", "x"), "messages[1].role", "invalid_value"),
                arguments(Map.of("role", "tool", "content", "x", "tool_call_id", "1"), "messages[1].role", "unsupported_value"),
                arguments(Map.of("role", "function", "content", "x"), "messages[1].role", "unsupported_value"),
                arguments(Map.of("role", "user"), "messages[1].content", "missing_required_parameter"),
                arguments(Map.of("role", "assistant"), "messages[1].content", "missing_required_parameter"),
                arguments(Map.of("role", "user", "content", 5), "messages[1].content", "invalid_type"),
                arguments(Map.of("role", "user", "content", List.of()), "messages[1].content", "invalid_value"),
                arguments(Map.of("role", "user", "content", "x", "zap", 1), "messages[1].zap", "unknown_parameter"),
                arguments(part("image_url"), "messages[1].content[0].type", "unsupported_value"),
                arguments(part("input_audio"), "messages[1].content[0].type", "unsupported_value"),
                arguments(part("file"), "messages[1].content[0].type", "unsupported_value"),
                arguments(part("refusal"), "messages[1].content[0].type", "unsupported_value"),
                arguments(part("text"), "messages[1].content[0].text", "missing_required_parameter"),
                arguments(Map.of("role", "assistant", "content", "x", "tool_calls", List.of(Map.of("id", "1"))), "messages[1].tool_calls",
                        "unsupported_parameter"));
    }

    private static Map<String, Object> part(String type) {
        return Map.of("role", "user", "content", List.of(Map.of("type", type)));
    }

    @ParameterizedTest
    @MethodSource("badMessages")
    void badMessageIsNamedByItsPath(Map<String, Object> message, String param, String code) {
        Response response = post(ask("", "messages", List.of(Map.of("role", "system", "content", "s"), message)));

        assertError(response, 400, "invalid_request_error", param, code);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "null", "\"x\"", "{}x", "{\"model\":NaN}", "{\"model\":\"a\",\"model\":\"a\"}", "{\"model\":1e999999999999}"})
    void unreadableBodyHasTheErrorShape(String body) {
        Response response = post(body.getBytes(StandardCharsets.UTF_8));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.<Map<String, Object>>path("error")).containsOnlyKeys("message", "type", "param", "code");
    }

    @Test
    void bodyIsUtf8AndNothingElse() {
        byte[] json = "{\"model\":\"scripted\",\"messages\":[{\"role\":\"user\",\"content\":\"say:/\"}]}".getBytes(StandardCharsets.UTF_8);
        byte[] withMark = concat(new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF}, json);
        byte[] overlong = new String(json, StandardCharsets.ISO_8859_1).replace("/", "\u00C0\u00AF").getBytes(StandardCharsets.ISO_8859_1);

        assertThat(post(withMark).statusCode()).isEqualTo(200);
        assertError(post(overlong), 400, "invalid_request_error", null, "invalid_value");
        assertError(post(new String(json, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_16)), 400, "invalid_request_error", null, "invalid_value");
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "{\"a\":", "{}{}", "{\"a\":NaN}", "{\"a\":+1}", "/*x*/{}", "{\"a\":01}"})
    void unreadableBodyIsExplainedWithoutTheParsersInternals(String body) {
        assertThat(post(body).<String>path("error.message")).contains("We could not parse").doesNotContain("Feature", "jackson", "Source", "START_");
    }

    @Test
    void nestingBombIsRefused() throws Exception {
        try (var client = new RawConnection(RestAssured.port)) {
            client.post("{\"model\":\"scripted\",\"messages\":" + "[".repeat(50_000) + "]".repeat(50_000) + "}");

            assertThat(client.readUntil("}}", 3000)).startsWith("HTTP/1.1 400").contains("nesting deeper than 64");
        }
    }

    @Test
    void halfSurrogatesAreReplacedAndNeverBreakTheAnswer() throws Exception {
        // given
        String body = "{\"model\":\"scripted\",\"messages\":[{\"role\":\"user\",\"content\":\"say:\\ud800\"}],\"metadata\":{\"k\":\"\\ud800\"}}";

        // when
        var answer = ChatClient.answer(body);

        // then
        assertThat(model.lastMessages().getLast().get("content")).isEqualTo("say:\uFFFD");
        assertThat(answer.at("/metadata/k").asText()).isEqualTo("\uFFFD");
        assertThat(post("{\"model\":\"scripted\",\"\\ud800\":1,\"messages\":[]}").statusCode()).isEqualTo(400);
    }

    @Test
    void promptWithoutRoomSaysBothCounts() {
        Response response = post(ask("x".repeat(5000)));

        assertError(response, 400, "invalid_request_error", "messages", "context_length_exceeded");
        assertThat(response.<String>path("error.message")).contains("4096").contains("5001");
    }

    @Test
    void fullQueueSaysWhenToTryAgain() {
        Response response = post(ask("queue-full"));

        assertError(response, 429, "rate_limit_error", null, "slow_down");
        assertThat(response.header("retry-after")).isEqualTo("1");
        assertThat(response.header("retry-after-ms")).isEqualTo("1000");
        assertThat(response.header("x-should-retry")).isEqualTo("true");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void refusalsComeBeforeTheStatusOfAStream(boolean stream) {
        assertError(post(ask("queue-full", "stream", stream)), 429, "rate_limit_error", null, "slow_down");
        assertError(post(ask("draining", "stream", stream)), 503, "service_unavailable_error", null, "server_is_overloaded");
        assertError(post(ask("never-fits", "stream", stream)), 400, "invalid_request_error", "max_tokens", "invalid_value");
        assertError(post(ask("template-error", "stream", stream)), 400, "invalid_request_error", "messages", "invalid_value");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void engineFaultBeforeTheFirstByteIsA500WithoutInternals(boolean stream) {
        Response response = post(ask("fail", "stream", stream));

        assertError(response, 500, "server_error", null, null);
        assertThat(response.asString()).doesNotContain("secret").contains(response.header("x-request-id"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAnswerThatAShutdownCutBeforeItsFirstByteIsA503(boolean stream) {
        Response response = post(ask("cut", "stream", stream));

        assertError(response, 503, "service_unavailable_error", null, "server_is_overloaded");
        assertThat(response.header("retry-after")).isEqualTo("1");
        assertThat(response.header("retry-after-ms")).isEqualTo("0");
        assertThat(response.asString()).contains("before the answer was complete").doesNotContain("secret");
        assertError(post(ask("cut-after:ab")), 503, "service_unavailable_error", null, "server_is_overloaded");
    }

    @Test
    void namesThatContradictEachOtherAreRefused() {
        assertError(post(ask("x", "max_tokens", 3, "max_completion_tokens", 4)), 400, "invalid_request_error", "max_tokens", "invalid_value");
        assertError(post(ask("x", "repeat_penalty", 1.1, "repetition_penalty", 1.2)), 400, "invalid_request_error", "repeat_penalty", "invalid_value");
        assertError(post(ask("x", "stream", true, "stream_options", Map.of("include_obfuscation", true))), 400, "invalid_request_error",
                "stream_options.include_obfuscation", "unsupported_parameter");
    }

    @Test
    void valuesThatAskForNothingAreAccepted() {
        var fields = new HashMap<String, Object>(ask("say:x", "store", false, "n", 1, "response_format", Map.of("type", "text"), "modalities", List.of("text"),
                "tools", List.of(), "tool_choice", "auto", "parallel_tool_calls", true, "service_tier", "auto", "logprobs", false, "top_k", -1,
                "add_generation_prompt", true, "ignore_eos", false, "user", "u", "max_tokens", 4, "max_completion_tokens", 4));
        for (String absent : List.of("functions", "audio", "stream_options", "prediction", "stop", "logit_bias", "seed", "temperature", "frobnicate")) {
            fields.put(absent, null);
        }
        fields.remove("frobnicate");

        assertThat(post(fields).statusCode()).isEqualTo(200);
        assertThat(post(ask("say:x", "tools", null, "metadata", Collections.emptyMap())).statusCode()).isEqualTo(200);
    }

    private static void assertError(Response response, int status, String type, String param, String code) {
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        assertThat(response.contentType()).startsWith("application/json");
        Map<String, Object> error = response.path("error");
        assertThat(error).containsOnlyKeys("message", "type", "param", "code").containsEntry("type", type).containsEntry("param", param)
                .containsEntry("code", code);
    }
}
