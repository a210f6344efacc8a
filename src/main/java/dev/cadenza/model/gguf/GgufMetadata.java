package dev.cadenza.model.gguf;

import dev.cadenza.model.CorruptCheckpoint;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Metadata by key; each accessor says what it expected when the value is missing, of another type or out of range. */
final class GgufMetadata {
    private static final int MAX_KEY_BYTES = 65_535;
    /** Key length, type id and one byte of value. */
    static final long LEAST_ENTRY_BYTES = 13;

    private record Entry(Place place, GgufValue value) {
    }

    private final Place end;
    private final Map<String, Entry> entries;

    private GgufMetadata(Place end, Map<String, Entry> entries) {
        this.end = end;
        this.entries = entries;
    }

    /** @param count as the header says, checked by {@link GgufCursor#count} with {@link #LEAST_ENTRY_BYTES} */
    static GgufMetadata read(GgufCursor cursor, int count) {
        var entries = new LinkedHashMap<String, Entry>();
        for (int i = 0; i < count; i++) {
            var place = cursor.place();
            String key = cursor.text("a metadata key", MAX_KEY_BYTES);
            var value = GgufValue.read(cursor, Place.quote(key));
            if (entries.putIfAbsent(key, new Entry(place, value)) != null) {
                throw place.fault("metadata keys to differ", "a second " + Place.quote(key));
            }
        }
        return new GgufMetadata(cursor.place(), entries);
    }

    boolean has(String key) {
        return entries.containsKey(key);
    }

    Set<String> keys() {
        return entries.keySet();
    }

    /** A fault at the place of that key, or behind the metadata if there is none. */
    CorruptCheckpoint fault(String key, String expected) {
        var entry = entries.get(key);
        return entry == null ? end.fault(expected, "no such metadata") : entry.place.fault(expected, entry.value.toString());
    }

    int integer(String key, int least, int most) {
        return value(key) instanceof GgufValue.Whole(long value, _) && value >= least && value <= most ? (int) value : refuse(key,
                "an integer %d..%d".formatted(least, most));
    }

    OptionalInt optionalInteger(String key, int least, int most) {
        return has(key) ? OptionalInt.of(integer(key, least, most)) : OptionalInt.empty();
    }

    /** A finite number of the closed range. */
    double real(String key, double least, double most) {
        return value(key) instanceof GgufValue.Real(double value) && value >= least && value <= most ? value : refuse(key,
                "a number %s..%s".formatted(least, most));
    }

    boolean flag(String key, boolean otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        return value(key) instanceof GgufValue.Flag(boolean value) ? value : refuse(key, "a bool");
    }

    String text(String key) {
        return value(key) instanceof GgufValue.Text(String value) ? value : refuse(key, "a string");
    }

    Optional<String> optionalText(String key) {
        return has(key) ? Optional.of(text(key)) : Optional.empty();
    }

    List<String> texts(String key) {
        return value(key) instanceof GgufValue.Texts(List<String> values) ? values : refuse(key, "an array of strings");
    }

    /** An array of {@code count} integers of the closed range. */
    int[] integers(String key, int count, int least, int most) {
        String expected = "an array of %d integers %d..%d".formatted(count, least, most);
        if (!(value(key) instanceof GgufValue.Scalars array) || array.count() != count) {
            return refuse(key, expected);
        }
        var integers = new int[count];
        for (int i = 0; i < count; i++) {
            if (!(array.at(i) instanceof GgufValue.Whole(long value, _)) || value < least || value > most) {
                throw entries.get(key).place.fault(key + " to be " + expected, "element %d to be %s".formatted(i, array.at(i)));
            }
            integers[i] = (int) value;
        }
        return integers;
    }

    private GgufValue value(String key) {
        var entry = entries.get(key);
        return entry == null ? null : entry.value;
    }

    private <T> T refuse(String key, String expected) {
        throw fault(key, key + " to be " + expected);
    }
}
