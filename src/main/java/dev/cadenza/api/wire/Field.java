package dev.cadenza.api.wire;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cadenza.api.error.ApiException;
import java.util.function.Predicate;

/**
 * One field of the wire: its name, what it may hold, and what its absence means. {@code null} is absence.
 *
 * @param absent value when the field is not there; may be {@code null}
 */
public record Field<T>(String name, Reader<T> reader, T absent) {

    public static <T> Field<T> of(String name, Reader<T> reader, T absent) {
        return new Field<>(name, reader, absent);
    }

    /** Read and checked, without effect. */
    public static <T> Field<T> noOp(String name, Reader<T> reader) {
        return new Field<>(name, reader, null);
    }

    /** Known and not supported: refused by name whatever it holds. */
    public static Field<JsonNode> refused(String name) {
        return refusedUnless(name, _ -> false);
    }

    /** Known and not supported: refused by name unless the value switches the feature off. */
    public static Field<JsonNode> refusedUnless(String name, Predicate<JsonNode> off) {
        return new Field<>(name, Reader.onlyOff(off), null);
    }

    /** @throws ApiException 400 naming the path */
    public T in(WireObject object) {
        JsonNode value = object.node().get(name);
        return value == null || value.isNull() ? absent : reader.read(object.at(name), value);
    }

    public boolean isIn(WireObject object) {
        return object.node().hasNonNull(name);
    }

    /** @throws ApiException 400 naming the path, also when the field is not there */
    public T requiredIn(WireObject object) {
        if (!isIn(object)) {
            String path = object.at(name);
            throw ApiException.invalid(path, "missing_required_parameter", "Missing required parameter: '%s'.".formatted(path));
        }
        return in(object);
    }
}
