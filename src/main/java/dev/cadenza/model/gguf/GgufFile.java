package dev.cadenza.model.gguf;

import dev.cadenza.model.Weight;
import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Metadata and tensor directory of a file, both checked.
 *
 * @param headerEnd the first byte behind the directory
 * @param tensors   by name; their data lies inside {@code data}, aligned and disjoint
 * @param data      the data section
 */
record GgufFile(GgufMetadata metadata, Place headerEnd, Map<String, GgufTensor> tensors, MemorySegment data) {
    private static final int MAGIC = 'G' | 'G' << 8 | 'U' << 16 | 'F' << 24;

    static GgufFile read(String file, MemorySegment bytes) {
        var cursor = new GgufCursor(file, bytes);
        checkMagic(cursor);
        checkVersion(cursor);
        int tensorCount = cursor.count("tensors", GgufTensor.LEAST_ENTRY_BYTES);
        int metadataCount = cursor.count("metadata entries", GgufMetadata.LEAST_ENTRY_BYTES);
        var metadata = GgufMetadata.read(cursor, metadataCount);
        int alignment = alignment(metadata);
        var tensors = new LinkedHashMap<String, GgufTensor>();
        for (int i = 0; i < tensorCount; i++) {
            var tensor = GgufTensor.read(cursor);
            if (tensors.putIfAbsent(tensor.name(), tensor) != null) {
                throw tensor.place().fault("tensor names to differ", "a second " + Place.quote(tensor.name()));
            }
        }
        long start = Math.ceilDiv(cursor.offset(), alignment) * alignment;
        long length = Math.max(0, bytes.byteSize() - start);
        checkPlacement(tensors, alignment, length);
        return new GgufFile(metadata, cursor.place(), tensors, bytes.asSlice(Math.min(start, bytes.byteSize()), length));
    }

    Weight weight(GgufTensor tensor) {
        return tensor.weight(data);
    }

    private static void checkMagic(GgufCursor cursor) {
        var place = cursor.place();
        int magic = cursor.i32("the magic number GGUF");
        if (magic != MAGIC) {
            throw place.fault("the magic number GGUF (47475546)", "%08x".formatted(Integer.reverseBytes(magic)));
        }
    }

    private static void checkVersion(GgufCursor cursor) {
        var place = cursor.place();
        int version = cursor.i32("the format version");
        if ((version & 0xffff) == 0 && version != 0) {
            throw place.fault("a little-endian file of version 2 or 3", "a big-endian one of version " + Integer.reverseBytes(version));
        }
        if (version != 2 && version != 3) {
            throw place.fault("format version 2 or 3", Integer.toUnsignedString(version));
        }
    }

    private static int alignment(GgufMetadata metadata) {
        String key = "general.alignment";
        int alignment = metadata.optionalInteger(key, 8, 1 << 16).orElse(32);
        if (Integer.bitCount(alignment) != 1) {
            throw metadata.fault(key, key + " to be a power of two");
        }
        return alignment;
    }

    private static void checkPlacement(Map<String, GgufTensor> tensors, int alignment, long length) {
        for (var tensor : tensors.values()) {
            long offset = tensor.offset();
            String named = "tensor " + Place.quote(tensor.name());
            if (offset < 0 || offset > length || tensor.bytes() > length - offset) {
                throw tensor.place().fault("%s, %d bytes, inside the data section of %d bytes".formatted(named, tensor.bytes(), length),
                        "offset " + Long.toUnsignedString(offset));
            }
            if (offset % alignment != 0) {
                throw tensor.place().fault("the offset of %s to be a multiple of %d".formatted(named, alignment), Long.toString(offset));
            }
        }
        GgufTensor before = null;
        for (var tensor : tensors.values().stream().sorted(Comparator.comparingLong(GgufTensor::offset)).toList()) {
            if (before != null && tensor.offset() < before.offset() + before.bytes()) {
                throw tensor.place().fault("tensor %s behind %s, which ends at data offset %d".formatted(Place.quote(tensor.name()),
                        Place.quote(before.name()), before.offset() + before.bytes()), "data offset " + tensor.offset());
            }
            before = tensor;
        }
    }
}
