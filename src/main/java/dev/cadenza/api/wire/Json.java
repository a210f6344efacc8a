package dev.cadenza.api.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cadenza.api.error.ApiException;
import java.io.IOException;
import java.util.Map;

/** Request bodies as trees. Bounded: nesting 64, numbers of 100 digits; a repeated key is an error, since what it means is anyone's guess. */
public final class Json {
    private static final int MAX_NESTING = 64;
    private static final int MAX_NUMBER_LENGTH = 100;
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING).maxNumberLength(MAX_NUMBER_LENGTH)
                    .maxStringLength(Integer.MAX_VALUE).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private Json() {
    }

    /** @throws ApiException 400: not one JSON object */
    public static WireObject object(byte[] body) {
        JsonNode node = parse(body);
        if (node instanceof ObjectNode object) {
            return new WireObject("", object);
        }
        throw ApiException.invalid(null, "invalid_type", "Invalid body: expected an object, but got %s instead.".formatted(Reader.described(node)));
    }

    /** The object as maps, lists, strings, numbers, booleans and nulls, keys in their order. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> plain(JsonNode object) {
        return MAPPER.convertValue(object, Map.class);
    }

    private static JsonNode parse(byte[] body) {
        if (body == null || body.length == 0) {
            throw unreadable("the body is empty");
        }
        try {
            return MAPPER.readTree(body);
        } catch (StreamConstraintsException tooMuch) {
            throw unreadable("nesting deeper than %d or a number longer than %d digits".formatted(MAX_NESTING, MAX_NUMBER_LENGTH));
        } catch (JsonProcessingException malformed) {
            var location = malformed.getLocation();
            String where = location == null ? "" : " (line %d, column %d)".formatted(location.getLineNr(), location.getColumnNr());
            throw unreadable(malformed.getOriginalMessage().lines().findFirst().orElse("malformed") + where);
        } catch (IOException malformed) {
            throw unreadable("not UTF-8");
        }
    }

    private static ApiException unreadable(String reason) {
        return ApiException.invalid(null, "invalid_value", "We could not parse the JSON body of your request: %s.".formatted(reason));
    }
}
