package dev.cadenza.model.gguf;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A metadata value. */
sealed interface GgufValue {
    int MAX_TEXT_BYTES = 16 << 20;

    /** u8..i64; {@code unsigned} says how a u64 with the top bit set is meant. */
    record Whole(long value, boolean unsigned) implements GgufValue {
        @Override
        public String toString() {
            return unsigned ? Long.toUnsignedString(value) : Long.toString(value);
        }
    }

    record Real(double value) implements GgufValue {
        @Override
        public String toString() {
            return Double.toString(value);
        }
    }

    record Flag(boolean value) implements GgufValue {
        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }

    record Text(String value) implements GgufValue {
        @Override
        public String toString() {
            return Place.quote(value);
        }
    }

    record Texts(List<String> values) implements GgufValue {
        @Override
        public String toString() {
            return "an array of %d strings".formatted(values.size());
        }
    }

    /** An array of numbers or flags, left where it lies in the file: {@code count} scalars of {@code element}. */
    record Scalars(Type element, int count, MemorySegment data) implements GgufValue {
        GgufValue at(int index) {
            var cursor = new GgufCursor("array", data.asSlice((long) index * element.bytes, element.bytes));
            return scalar(element, cursor);
        }

        @Override
        public String toString() {
            return "an array of %d %s".formatted(count, element);
        }
    }

    /** In the order of their ids. */
    enum Type {
        U8(1), I8(1), U16(2), I16(2), U32(4), I32(4), F32(4), BOOL(1), STRING(8), ARRAY(12), U64(8), I64(8), F64(8);

        /** The fewest bytes that a value takes. */
        private final int bytes;

        Type(int bytes) {
            this.bytes = bytes;
        }

        static Type read(GgufCursor cursor, String what) {
            var place = cursor.place();
            int id = cursor.i32("the type of " + what);
            if (id < 0 || id >= values().length) {
                throw place.fault("a type id 0..%d of %s".formatted(values().length - 1, what), Integer.toUnsignedString(id));
            }
            return values()[id];
        }
    }

    static GgufValue read(GgufCursor cursor, String key) {
        var type = Type.read(cursor, key);
        return switch (type) {
            case STRING -> new Text(cursor.text(key, MAX_TEXT_BYTES));
            case ARRAY -> array(cursor, key);
            default -> scalar(type, cursor);
        };
    }

    private static GgufValue array(GgufCursor cursor, String key) {
        var place = cursor.place();
        var element = Type.read(cursor, "the elements of " + key);
        if (element == Type.ARRAY) {
            throw place.fault(key + " to be an array of scalars or strings", "an array of arrays");
        }
        int count = cursor.count("elements of " + key, element.bytes);
        if (element != Type.STRING) {
            return new Scalars(element, count, cursor.slice((long) count * element.bytes, key));
        }
        var texts = new ArrayList<String>(count);
        for (int i = 0; i < count; i++) {
            texts.add(cursor.text("an element of " + key, MAX_TEXT_BYTES));
        }
        return new Texts(texts);
    }

    private static GgufValue scalar(Type type, GgufCursor cursor) {
        return switch (type) {
            case U8 -> new Whole(Byte.toUnsignedLong(cursor.i8("u8")), true);
            case I8 -> new Whole(cursor.i8("i8"), false);
            case U16 -> new Whole(Short.toUnsignedLong(cursor.i16("u16")), true);
            case I16 -> new Whole(cursor.i16("i16"), false);
            case U32 -> new Whole(Integer.toUnsignedLong(cursor.i32("u32")), true);
            case I32 -> new Whole(cursor.i32("i32"), false);
            case U64 -> new Whole(cursor.i64("u64"), true);
            case I64 -> new Whole(cursor.i64("i64"), false);
            case F32 -> new Real(Float.intBitsToFloat(cursor.i32("f32")));
            case F64 -> new Real(Double.longBitsToDouble(cursor.i64("f64")));
            case BOOL -> flag(cursor);
            case STRING, ARRAY -> throw new IllegalArgumentException(type + " is no scalar");
        };
    }

    private static GgufValue flag(GgufCursor cursor) {
        var place = cursor.place();
        byte value = cursor.i8("bool");
        if (value != 0 && value != 1) {
            throw place.fault("a bool 0 or 1", Integer.toString(value & 0xff));
        }
        return new Flag(value == 1);
    }
}
