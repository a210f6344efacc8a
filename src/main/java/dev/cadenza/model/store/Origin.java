package dev.cadenza.model.store;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A source and the hash its file must have.
 *
 * @param sha256 64 lower-case hex digits, {@code null}: unknown, so there is nothing to check the file against
 */
record Origin(Source source, String sha256) {
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

    Origin {
        if (sha256 != null) {
            sha256 = sha256.toLowerCase(Locale.ROOT);
            if (!HEX.matcher(sha256).matches()) {
                throw new IllegalArgumentException("expected a sha256 of 64 hex digits for %s, found %s".formatted(source, sha256));
            }
        }
    }

    boolean accepts(String hash) {
        return sha256 == null || sha256.equals(hash);
    }
}
