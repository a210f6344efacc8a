package dev.cadenza.load;

import java.time.Duration;

/** k6's way to write durations: {@code 1h2m3.5s}, {@code 200ms}. */
final class Durations {
    private Durations() {
    }

    /** @throws UnsupportedByStandIn it is none */
    static Duration parse(String text) {
        if (!text.matches("(?:\\d+h)?(?:\\d+m)?(?:\\d+(?:\\.\\d+)?s)?(?:\\d+ms)?") || text.isEmpty()) {
            throw new UnsupportedByStandIn("no duration: '%s'".formatted(text));
        }
        if (text.endsWith("ms")) {
            int digits = text.length() - 2;
            while (digits > 0 && Character.isDigit(text.charAt(digits - 1))) {
                digits--;
            }
            Duration rest = digits == 0 ? Duration.ZERO : parse(text.substring(0, digits));
            return rest.plusMillis(Long.parseLong(text.substring(digits, text.length() - 2)));
        }
        return Duration.parse("PT" + text.toUpperCase(java.util.Locale.ROOT));
    }
}
