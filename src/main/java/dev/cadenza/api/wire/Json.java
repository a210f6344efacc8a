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
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;

/** Request bodies as trees. UTF-8 only. Bounded: nesting 64, numbers of 100 digits; a repeated key is an error, since what it means is anyone's guess. */
public final class Json {
    private static final int MAX_NESTING = 64;
    private static final int MAX_NUMBER_LENGTH = 100;
    private static final int MAX_NAME_LENGTH = 50_000;
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    /** What the parser says about itself rather than about the body. */
    private static final Pattern INTERNALS = Pattern.compile("(?s) \\((?:start marker|of type|not recognized|was expecting).*|: enable `.*");
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING).maxNumberLength(MAX_NUMBER_LENGTH)
                    .maxNameLength(MAX_NAME_LENGTH).maxStringLength(Integer.MAX_VALUE).build())
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
            return MAPPER.readTree(text(body));
        } catch (StreamConstraintsException tooMuch) {
            throw unreadable("nesting deeper than %d, a number longer than %d digits or a name longer than %d characters".formatted(MAX_NESTING,
                    MAX_NUMBER_LENGTH, MAX_NAME_LENGTH));
        } catch (JsonProcessingException malformed) {
            var location = malformed.getLocation();
            String where = location == null ? "" : " (line %d, column %d)".formatted(location.getLineNr(), location.getColumnNr());
            throw unreadable(INTERNALS.matcher(malformed.getOriginalMessage()).replaceAll("") + where);
        } catch (CharacterCodingException malformed) {
            throw unreadable("it is not UTF-8");
        }
    }

    /** Decoded here because the parser would also take UTF-16, UTF-32 and overlong forms. */
    private static String text(byte[] body) throws CharacterCodingException {
        int start = Arrays.mismatch(body, BYTE_ORDER_MARK) == BYTE_ORDER_MARK.length ? BYTE_ORDER_MARK.length : 0;
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body, start, body.length - start)).toString();
    }

    private static ApiException unreadable(String reason) {
        return ApiException.invalid(null, "invalid_value", "We could not parse the JSON body of your request: %s.".formatted(reason));
    }
}
