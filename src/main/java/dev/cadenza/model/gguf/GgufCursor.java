package dev.cadenza.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads a header from its start; every read is checked against the file's end and the header's bound before anything is allocated. */
final class GgufCursor {
    /** Ten times the largest vocabulary's header; bounds what a hostile header can make the reader allocate. */
    static final long MAX_HEADER_BYTES = 64L << 20;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String file;
    private final MemorySegment bytes;
    private final long limit;
    private long offset;

    GgufCursor(String file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
        this.limit = Math.min(bytes.byteSize(), MAX_HEADER_BYTES);
    }

    Place place() {
        return new Place(file, offset);
    }

    long offset() {
        return offset;
    }

    byte i8(String what) {
        return bytes.get(ValueLayout.JAVA_BYTE, advance(1, what));
    }

    short i16(String what) {
        return bytes.get(SHORT, advance(2, what));
    }

    int i32(String what) {
        return bytes.get(INT, advance(4, what));
    }

    long i64(String what) {
        return bytes.get(LONG, advance(8, what));
    }

    /**
     * A 64-bit number of things that follow.
     *
     * @param leastBytes the fewest bytes that one of them takes
     */
    int count(String what, long leastBytes) {
        var place = place();
        long count = i64("the number of " + what);
        long most = (limit - offset) / leastBytes;
        if (count < 0 || count > most) {
            throw place.fault("at most %d %s, which the rest of the %s has room for".formatted(most, what, region()), Long.toUnsignedString(count));
        }
        return (int) count;
    }

    MemorySegment slice(long length, String what) {
        return bytes.asSlice(advance(length, what), length);
    }

    /** A UTF-8 string behind its 64-bit length. */
    String text(String what, int maxBytes) {
        int length = count("bytes of " + what, 1);
        var place = place();
        if (length > maxBytes) {
            throw place.fault("%s of at most %d bytes".formatted(what, maxBytes), "one of " + length);
        }
        var raw = slice(length, what).asByteBuffer();
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(raw).toString();
        } catch (CharacterCodingException e) {
            throw place.fault(what + " in UTF-8", "malformed bytes");
        }
    }

    private long advance(long length, String what) {
        if (length > limit - offset) {
            throw place().fault("%s of %d bytes".formatted(what, length), limit - offset + " bytes to the end of the " + region());
        }
        long at = offset;
        offset += length;
        return at;
    }

    private String region() {
        return limit == bytes.byteSize() ? "file" : "header's first %d MiB".formatted(MAX_HEADER_BYTES >> 20);
    }
}
