package dev.cadenza.tokenizer;

/** Half surrogate pairs: JSON escapes can spell them, UTF-8 cannot. */
public final class Surrogates {
    private Surrogates() {
    }

    /** The text with every unpaired surrogate replaced by U+FFFD; the same object when there is none. */
    public static String repaired(String text) {
        StringBuilder repaired = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            if (repaired == null) {
                repaired = new StringBuilder(text);
            }
            repaired.setCharAt(i, '\uFFFD');
        }
        return repaired == null ? text : repaired.toString();
    }
}
