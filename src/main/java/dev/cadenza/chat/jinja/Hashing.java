package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;

/** Which values may be keys of a map. */
final class Hashing {
    private Hashing() {
    }

    static boolean isHashable(Value value) {
        return switch (value) {
            case Value.Items _, Value.Dict _ -> false;
            case Value.Tuple tuple -> tuple.values().stream().allMatch(Hashing::isHashable);
            default -> true;
        };
    }

    /** @throws TemplateError the value is a list or a map, or a tuple that holds one */
    static void check(Value value) {
        if (!isHashable(value)) {
            throw new TemplateError("unhashable type: '" + Types.name(value) + "'");
        }
    }
}
