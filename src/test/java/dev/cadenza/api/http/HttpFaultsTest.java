package dev.cadenza.api.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.api.RawConnection;
import dev.cadenza.api.ScriptedScheduler;
import dev.cadenza.api.error.RouterErrors;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.net.SocketTimeoutException;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

@QuarkusTest
class HttpFaultsTest {
    @Inject
    ScriptedScheduler scheduler;

    @Test
    void everyFaultOfHttpHasTheErrorShape() {
        assertError(given().get("/nowhere"), 404, "unknown_url");
        assertError(given().contentType("application/json").body("{}").post("/v1/nowhere"), 404, "unknown_url");
        assertError(given().contentType("application/json").body("{}").post("/v1/models"), 405, "method_not_allowed");
        assertError(given().get("/v1/chat/completions"), 405, "method_not_allowed");
        assertError(given().contentType("text/plain").body("{}").post("/v1/chat/completions"), 415, "unsupported_media_type");
        assertError(given().contentType("application/json").body("x".repeat(300_000)).post("/v1/chat/completions"), 413, "request_too_large");
        assertError(given().get("/v1/models/no-such"), 404, "model_not_found");
    }

    @Test
    void bodyOverTheLimitIsRefusedWhenItsLengthIsNotAnnounced() throws Exception {
        try (var client = new RawConnection(RestAssured.port)) {
            client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
            client.send(Integer.toHexString(210_000) + "\r\n" + "x".repeat(210_000) + "\r\n");

            assertThat(client.readAll(3000)).startsWith("HTTP/1.1 413").contains("request_too_large");
        }
    }

    @Test
    void clientThatSendsItsWholeBodyFirstStillReadsWhyItIsTooLarge() throws Exception {
        try (var client = new RawConnection(RestAssured.port)) {
            client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20000000\r\n\r\n");
            for (int megabyte = 0; megabyte < 20; megabyte++) {
                client.send("x".repeat(1_000_000));
            }

            assertThat(client.readAll(3000)).startsWith("HTTP/1.1 413").contains("request_too_large");
        }
    }

    @Test
    void encodedBodyIsRefusedForItsEncoding() {
        Response response = given().header("content-encoding", "br").contentType("application/json").body("{}").post("/v1/chat/completions");

        assertError(response, 415, "unsupported_media_type");
        assertThat(response.<String>path("error.message")).contains("'br'");
    }

    @Test
    void malformedChunksAreNotLoggedAsAFaultOfTheServer() throws Exception {
        var logged = new ConcurrentLinkedQueue<LogRecord>();
        Logger logger = Logger.getLogger(RouterErrors.class.getName());
        Handler recorder = new RecordingHandler(logged);
        logger.addHandler(recorder);
        try (var client = new RawConnection(RestAssured.port)) {
            client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
            client.send("zz\r\n{}\r\n0\r\n\r\n");

            assertThat(client.readAll(3000)).doesNotContain("HTTP/1.1 500");
            assertThat(logged).isEmpty();
        } finally {
            logger.removeHandler(recorder);
        }
    }

    private static final class RecordingHandler extends Handler {
        private final Queue<LogRecord> records;

        private RecordingHandler(Queue<LogRecord> records) {
            this.records = records;
        }

        @Override
        public void publish(LogRecord logged) {
            records.add(logged);
        }

        @Override
        public void flush() {
        }

        @Override
        public void close() {
        }
    }

    @Test
    void scrapersGetTheFormatThatTheyAskFor() {
        assertThat(given().accept("text/plain").get("/metrics").contentType()).startsWith("text/plain");
        assertThat(given().accept("application/openmetrics-text").get("/metrics").contentType()).startsWith("application/openmetrics-text");
        assertThat(given().accept("application/json").get("/openapi").contentType()).startsWith("application/json");
    }

    @Test
    void slowBodyIsCutOff() throws Exception {
        try (var client = new RawConnection(RestAssured.port)) {
            client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");

            assertThat(client.readAll(7000)).startsWith("HTTP/1.1 408").contains("\"type\":\"invalid_request_error\"");
        }
    }

    @Test
    void silentConnectionsAreClosed() throws Exception {
        try (var half = new RawConnection(RestAssured.port); var idle = new RawConnection(RestAssured.port)) {
            half.send("POST /v1/chat/comp");
            idle.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");

            assertThat(half.readAll(6000)).isEmpty();
            assertThat(idle.readAll(6000)).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void longAnswerOutlivesTheIdleTimeout() throws Exception {
        String body = "{\"model\":\"scripted\",\"messages\":[{\"role\":\"user\",\"content\":\"silent\"}]}";
        try (var client = new RawConnection(RestAssured.port)) {
            client.post(body);

            assertThatThrownBy(() -> client.readAll(4000)).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void modelsAreListedAndDescribed() {
        Response list = given().get("/v1/models");

        assertThat(list.<String>path("object")).isEqualTo("list");
        assertThat(list.<Map<String, Object>>path("data[0]")).isEqualTo(given().get("/v1/models/scripted").<Map<String, Object>>path("$"))
                .isEqualTo(Map.of("id", "scripted", "object", "model", "created", 1_700_000_000, "owned_by", "cadenza", "meta",
                        Map.of("context", 4096, "precision", "float32")));
    }

    @Test
    void healthFollowsTheDeviceThread() {
        assertThat(given().get("/health").statusCode()).isEqualTo(200);
        scheduler.pretendAlive(false);
        try {
            assertError(given().get("/health"), 503, "server_is_overloaded");
            assertError(given().get("/health/live"), 503, "server_is_overloaded");
            assertThat(given().get("/health").header("retry-after")).isEqualTo("1");
        } finally {
            scheduler.pretendAlive(true);
        }
        assertThat(given().get("/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void metricsHaveTheNamesThatDashboardsKnow() {
        String metrics = given().get("/metrics").asString();

        for (String name : new String[] {"cadenza_sequences_running", "cadenza_sequences_waiting", "cadenza_kv_bytes_used", "cadenza_kv_bytes_budget",
                "cadenza_engine_steps_total", "cadenza_tokens_generated_total", "cadenza_tokens_prompt_total", "cadenza_tokens_drafted_total",
                "cadenza_tokens_accepted_total", "cadenza_time_to_first_token_seconds_count", "cadenza_time_between_tokens_seconds_count"}) {
            assertThat(metrics).containsPattern("(?m)^" + name + " [0-9.]+(E\\d+)?$");
        }
    }

    @Test
    void whatEachStrategyDidIsCountedUnderItsNameAndItsDraft() {
        given().contentType("application/json").body("""
                {"model": "scripted", "messages": [{"role": "user", "content": "say:abc"}], "decoding": {"strategy": "speculative"}}""")
                .post("/v1/chat/completions").then().statusCode(200);

        String metrics = given().get("/metrics").asString();

        for (String name : new String[] {"requests", "tokens", "steps", "drafted", "accepted", "seconds"}) {
            assertThat(metrics).containsPattern("(?m)^cadenza_decoding_" + name
                    + "_total\\{draft=\"prompt_lookup\",strategy=\"speculative\"\\} [0-9.]+(E-?\\d+)?$");
        }
    }

    @Test
    void corsIsOffByDefault() {
        assertThat(given().header("Origin", "http://evil.example").get("/v1/models").header("access-control-allow-origin")).isNull();
    }

    private static void assertError(Response response, int status, String code) {
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        assertThat(response.contentType()).startsWith("application/json");
        assertThat(response.header("x-request-id")).isNotBlank();
        assertThat(response.<Map<String, Object>>path("error")).containsOnlyKeys("message", "type", "param", "code").containsEntry("code", code);
    }
}
