package dev.cadenza.api.error;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.cadenza.api.error.ApiProblem.BodyTooLarge;
import dev.cadenza.api.error.ApiProblem.BodyTooSlow;
import dev.cadenza.api.error.ApiProblem.Draining;
import dev.cadenza.api.error.ApiProblem.Hanging;
import dev.cadenza.api.error.ApiProblem.HttpFault;
import dev.cadenza.api.error.ApiProblem.InvalidRequest;
import dev.cadenza.api.error.ApiProblem.MalformedBody;
import dev.cadenza.api.error.ApiProblem.MethodNotAllowed;
import dev.cadenza.api.error.ApiProblem.ModelLoading;
import dev.cadenza.api.error.ApiProblem.NotFinished;
import dev.cadenza.api.error.ApiProblem.QueueIsFull;
import dev.cadenza.api.error.ApiProblem.ServerFault;
import dev.cadenza.api.error.ApiProblem.UnknownModel;
import dev.cadenza.api.error.ApiProblem.UnknownUrl;
import dev.cadenza.api.error.ApiProblem.UnsupportedEncoding;
import dev.cadenza.api.error.ApiProblem.UnsupportedMediaType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A problem as OpenAI's clients expect it.
 *
 * @param type  {@code invalid_request_error}, {@code rate_limit_error}, {@code service_unavailable_error} or {@code server_error}
 * @param param path of the offending field, or {@code null}
 * @param code  or {@code null}
 * @param retryAfter when to try again; {@code null}: not said
 */
public record ErrorBody(int status, String message, String type, String param, String code, Duration retryAfter) {
    private static final JsonFactory JSON = new JsonFactory();
    private static final String INVALID = "invalid_request_error";
    private static final String UNAVAILABLE = "service_unavailable_error";

    public static ErrorBody of(ApiProblem problem) {
        String message = problem.message();
        return switch (problem) {
            case InvalidRequest(var param, var code, _) -> new ErrorBody(400, message, INVALID, param, code, null);
            case UnknownModel _ -> new ErrorBody(404, message, INVALID, "model", "model_not_found", null);
            case UnknownUrl _ -> new ErrorBody(404, message, INVALID, null, "unknown_url", null);
            case MethodNotAllowed _ -> new ErrorBody(405, message, INVALID, null, "method_not_allowed", null);
            case BodyTooLarge _ -> new ErrorBody(413, message, INVALID, null, "request_too_large", null);
            case UnsupportedMediaType _ -> new ErrorBody(415, message, INVALID, null, "unsupported_media_type", null);
            case UnsupportedEncoding _ -> new ErrorBody(415, message, INVALID, null, "unsupported_media_type", null);
            case MalformedBody _ -> new ErrorBody(400, message, INVALID, null, "invalid_value", null);
            case BodyTooSlow _ -> new ErrorBody(408, message, INVALID, null, "request_timeout", null);
            case QueueIsFull(var retryAfter) -> new ErrorBody(429, message, "rate_limit_error", null, "slow_down", retryAfter);
            case Draining(var retryAfter) -> new ErrorBody(503, message, UNAVAILABLE, null, "server_is_overloaded", retryAfter);
            // Another replica can take it now.
            case NotFinished _ -> new ErrorBody(503, message, UNAVAILABLE, null, "server_is_overloaded", Duration.ZERO);
            case Hanging(var retryAfter) -> new ErrorBody(503, message, UNAVAILABLE, null, "server_is_overloaded", retryAfter);
            case ModelLoading(var retryAfter) -> new ErrorBody(503, message, UNAVAILABLE, null, "model_loading", retryAfter);
            case ServerFault _ -> new ErrorBody(500, message, "server_error", null, null, null);
            case HttpFault(var status, _) -> new ErrorBody(status, message, status >= 500 ? "server_error" : INVALID, null, null, null);
        };
    }

    /** {@code {"error":{...}}} as one line of UTF-8. */
    public byte[] json() {
        var bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            out.writeStartObject();
            out.writeObjectFieldStart("error");
            out.writeStringField("message", encodable(message));
            out.writeStringField("type", type);
            out.writeStringField("param", param == null ? null : encodable(param));
            out.writeStringField("code", code);
            out.writeEndObject();
            out.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    /** The headers that tell SDKs whether and when to try again, and the content type. */
    public Map<String, String> headers() {
        var headers = new LinkedHashMap<String, String>();
        headers.put("content-type", "application/json");
        headers.put("x-should-retry", Boolean.toString(status == 408 || status == 429 || status >= 500));
        if (retryAfter != null) {
            headers.put("retry-after", Long.toString(Math.max(1, retryAfter.plusMillis(999).toSeconds())));
            headers.put("retry-after-ms", Long.toString(retryAfter.toMillis()));
        }
        return headers;
    }

    /** A message may quote half a surrogate pair of the client's, which UTF-8 cannot carry. */
    private static String encodable(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
