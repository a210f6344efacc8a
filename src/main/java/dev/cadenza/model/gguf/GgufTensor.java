package dev.cadenza.model.gguf;

import dev.cadenza.model.Weight;
import dev.cadenza.model.WeightType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A tensor of the directory.
 *
 * @param place      of its directory entry
 * @param dimensions innermost first, 1 to 4 of them
 * @param offset     from the start of the data section, bytes
 * @param bytes      size of its data
 */
record GgufTensor(String name, Place place, Shape dimensions, WeightType type, long offset, long bytes) {
    private static final int MAX_NAME_BYTES = 256;
    /** Name length, number of dimensions, one dimension, type, offset. */
    static final long LEAST_ENTRY_BYTES = 32;

    /** Innermost first. */
    record Shape(long... sizes) {
        boolean is(Shape other) {
            return Arrays.equals(sizes, other.sizes);
        }

        @Override
        public String toString() {
            return Arrays.toString(sizes);
        }
    }

    static GgufTensor read(GgufCursor cursor) {
        var place = cursor.place();
        String name = cursor.text("a tensor name", MAX_NAME_BYTES);
        String quoted = Place.quote(name);
        var shape = shape(cursor, quoted);
        var type = TensorType.read(cursor, quoted);
        if (shape.sizes[0] % type.blockElements() != 0) {
            throw place.fault("rows of tensor %s to be whole blocks of %d elements".formatted(quoted, type.blockElements()), shape.toString());
        }
        long bytes = bytes(place, quoted, shape, type);
        return new GgufTensor(name, place, shape, type, cursor.i64("the offset of tensor " + quoted), bytes);
    }

    /** @param data the data section; the directory has checked that it holds the tensor */
    Weight weight(MemorySegment data) {
        int rows = dimensions.sizes.length == 1 ? 1 : (int) dimensions.sizes[1];
        return new Weight(name, type, rows, (int) dimensions.sizes[0], data.asSlice(offset, bytes));
    }

    private static Shape shape(GgufCursor cursor, String tensor) {
        var place = cursor.place();
        int count = cursor.i32("the number of dimensions of tensor " + tensor);
        if (count < 1 || count > 4) {
            throw place.fault("1 to 4 dimensions of tensor " + tensor, Integer.toUnsignedString(count));
        }
        var sizes = new long[count];
        for (int i = 0; i < count; i++) {
            var at = cursor.place();
            sizes[i] = cursor.i64("a dimension of tensor " + tensor);
            if (sizes[i] < 1 || sizes[i] > Integer.MAX_VALUE) {
                throw at.fault("a dimension 1..%d of tensor %s".formatted(Integer.MAX_VALUE, tensor), Long.toUnsignedString(sizes[i]));
            }
        }
        return new Shape(sizes);
    }

    private static long bytes(Place place, String tensor, Shape shape, WeightType type) {
        try {
            long elements = 1;
            for (long size : shape.sizes) {
                elements = Math.multiplyExact(elements, size);
            }
            return Math.multiplyExact(elements / type.blockElements(), (long) type.blockBytes());
        } catch (ArithmeticException e) {
            throw place.fault("the size of tensor %s to fit in 63 bits".formatted(tensor), "dimensions " + shape);
        }
    }
}
