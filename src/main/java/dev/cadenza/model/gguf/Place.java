package dev.cadenza.model.gguf;

import dev.cadenza.model.CorruptCheckpoint;

/** A byte of a file, for error messages. */
record Place(String file, long offset) {
    private static final int LONGEST_QUOTE = 80;

    CorruptCheckpoint fault(String expected, String found) {
        return new CorruptCheckpoint("%s at offset %d: expected %s, found %s".formatted(file, offset, expected, found));
    }

    /** Text of the file in a form fit for a message: printable and short. */
    static String quote(String text) {
        int end = Math.min(text.length(), LONGEST_QUOTE);
        var quoted = new StringBuilder(end + 5).append('"');
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            quoted.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
        }
        return quoted.append(end < text.length() ? "..." : "").append('"').toString();
    }
}
