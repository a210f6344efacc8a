package dev.cadenza.api.chat;

import static io.restassured.RestAssured.given;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cadenza.api.ScriptedModel;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Sends chat requests and takes streams apart. */
final class ChatClient {
    static final ObjectMapper JSON = new ObjectMapper();

    private ChatClient() {
    }

    /** A request whose one message is the script, with further fields as name, value, name, value. */
    static Map<String, Object> ask(String script, Object... fields) {
        var body = new LinkedHashMap<String, Object>();
        body.put("model", ScriptedModel.ID);
        body.put("messages", List.of(Map.of("role", "user", "content", script)));
        for (int i = 0; i < fields.length; i += 2) {
            body.put((String) fields[i], fields[i + 1]);
        }
        return body;
    }

    /** Bytes and text go as they are, anything else as JSON. */
    static Response post(Object body) {
        RequestSpecification request = given().contentType("application/json");
        return (body instanceof byte[] bytes ? request.body(bytes) : request.body(body)).post("/v1/chat/completions");
    }

    static JsonNode answer(Object body) throws Exception {
        Response response = post(body);
        if (response.statusCode() != 200) {
            throw new AssertionError(response.statusCode() + " " + response.asString());
        }
        return JSON.readTree(response.asByteArray());
    }

    /** The data of a stream's events, in order; fails on anything that is neither data nor a comment. */
    static List<String> data(String stream) {
        var data = new ArrayList<String>();
        for (String event : stream.split("\n\n")) {
            if (event.startsWith("data: ") && event.indexOf('\n') < 0) {
                data.add(event.substring("data: ".length()));
            } else if (!event.equals(": keep-alive")) {
                throw new AssertionError("not an event: " + event);
            }
        }
        return data;
    }

    static List<JsonNode> chunks(String stream) throws Exception {
        var chunks = new ArrayList<JsonNode>();
        for (String data : data(stream)) {
            if (!data.equals("[DONE]")) {
                chunks.add(JSON.readTree(data));
            }
        }
        return chunks;
    }
}
