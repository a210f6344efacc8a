package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;

/** Python's names of the values' types, for messages, and the truth of values. */
final class Types {
    private Types() {
    }

    static String name(Value value) {
        return switch (value) {
            case Value.Text text -> text.safe() ? "Markup" : "str";
            case Value.Int _ -> "int";
            case Value.Bool _ -> "bool";
            case Value.Real _ -> "float";
            case Value.None _ -> "NoneType";
            case Value.Undefined _ -> "Undefined";
            case Value.Items _ -> "list";
            case Value.Tuple _ -> "tuple";
            case Value.Dict _ -> "dict";
            case Value.View view -> "dict_" + view.kind().name().toLowerCase(java.util.Locale.ROOT);
            case Value.Range _ -> "range";
            case Value.Stream _ -> "generator";
            case Value.Function function -> function.macro() ? "Macro" : "function";
            case Value.Namespace _ -> "Namespace";
            case Value.Live _ -> "object";
        };
    }

    static boolean isTrue(Value value) {
        return switch (value) {
            case Value.Text text -> !text.text().isEmpty();
            case Value.Whole whole -> whole.whole().signum() != 0;
            case Value.Real real -> real.real() != 0;
            case Value.None _, Value.Undefined _ -> false;
            case Value.Sequence sequence -> !sequence.values().isEmpty();
            case Value.Dict dict -> !dict.entries().isEmpty();
            case Value.View view -> !view.values().isEmpty();
            case Value.Stream _, Value.Function _, Value.Namespace _, Value.Live _ -> true;
        };
    }

    /** @throws TemplateError always, when the value is undefined, with its own message */
    static void refuseUndefined(Value... values) {
        for (Value value : values) {
            if (value instanceof Value.Undefined(String message)) {
                throw new TemplateError(message);
            }
        }
    }

    static Value.Undefined noAttribute(Value owner, String name) {
        if (owner instanceof Value.Undefined) {
            refuseUndefined(owner);
        }
        String type = owner instanceof Value.None ? "None" : name(owner) + " object";
        return new Value.Undefined("'" + type + "' has no attribute '" + name + "'");
    }
}
