package dev.cadenza.api.wire;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All fields that an object may have. Immutable; any thread. */
public final class FieldTable {
    private final Map<String, Field<?>> fields = new LinkedHashMap<>();

    @SafeVarargs
    public FieldTable(Collection<Field<?>>... groups) {
        for (var group : groups) {
            for (Field<?> field : group) {
                if (fields.put(field.name(), field) != null) {
                    throw new IllegalArgumentException("field declared twice: " + field.name());
                }
            }
        }
    }

    public static FieldTable of(Field<?>... fields) {
        return new FieldTable(List.of(fields));
    }

    public Set<String> names() {
        return Set.copyOf(fields.keySet());
    }

    /** Reads every field that is there and reports every one that is not in the table. @throws dev.cadenza.api.error.ApiException 400 */
    public void check(WireObject object, UnknownFields unknown) {
        List<String> names = new ArrayList<>();
        object.node().fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            Field<?> field = fields.get(name);
            if (field == null) {
                unknown.found(object.at(name));
            } else {
                field.in(object);
            }
        }
    }
}
