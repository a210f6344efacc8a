package dev.cadenza.api.wire;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A JSON object within a request.
 *
 * @param path of the object, such as {@code messages[2]}; empty for the body itself
 */
public record WireObject(String path, ObjectNode node) {

    /** The path of a field of this object. */
    public String at(String field) {
        return path.isEmpty() ? field : path + "." + field;
    }
}
