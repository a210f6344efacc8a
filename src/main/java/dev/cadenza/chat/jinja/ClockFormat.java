package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** Formats a time by {@code strftime}'s directives, in English. */
final class ClockFormat {
    private ClockFormat() {
    }

    /** @throws TemplateError an unknown directive */
    static String format(String format, LocalDateTime time) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char unit = format.charAt(i);
            if (unit != '%' || i + 1 == format.length()) {
                text.append(unit);
                continue;
            }
            char kind = format.charAt(++i);
            if (kind == '-' && i + 1 < format.length()) {
                String padded = directive(format.charAt(++i), time);
                int zeros = 0;
                while (zeros < padded.length() - 1 && padded.charAt(zeros) == '0') {
                    zeros++;
                }
                text.append(padded.substring(zeros).strip());
            } else {
                text.append(directive(kind, time));
            }
        }
        return text.toString();
    }

    private static String directive(char kind, LocalDateTime time) {
        return switch (kind) {
            case 'Y' -> pattern(time, "yyyy");
            case 'y' -> pattern(time, "yy");
            case 'C' -> pattern(time, "yyyy").substring(0, 2);
            case 'm' -> pattern(time, "MM");
            case 'd' -> pattern(time, "dd");
            case 'e' -> String.format(Locale.ROOT, "%2d", time.getDayOfMonth());
            case 'H' -> pattern(time, "HH");
            case 'I' -> pattern(time, "hh");
            case 'M' -> pattern(time, "mm");
            case 'S' -> pattern(time, "ss");
            case 'f' -> pattern(time, "SSSSSS");
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'j' -> pattern(time, "DDD");
            case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b', 'h' -> pattern(time, "MMM");
            case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'a' -> pattern(time, "EEE");
            case 'w' -> String.valueOf(time.getDayOfWeek().getValue() % 7);
            case 'u' -> String.valueOf(time.getDayOfWeek().getValue());
            case 'U' -> two((time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7);
            case 'W' -> two((time.getDayOfYear() + 6 - (time.getDayOfWeek().getValue() + 6) % 7) / 7);
            case 'V' -> two(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'G' -> String.valueOf(time.get(IsoFields.WEEK_BASED_YEAR));
            case 'F' -> pattern(time, "yyyy-MM-dd");
            case 'T', 'X' -> pattern(time, "HH:mm:ss");
            case 'R' -> pattern(time, "HH:mm");
            case 'D', 'x' -> pattern(time, "MM/dd/yy");
            case 'c' -> pattern(time, "EEE MMM ") + directive('e', time) + pattern(time, " HH:mm:ss yyyy");
            case 'n' -> "\n";
            case 't' -> "\t";
            case '%' -> "%";
            case 'Z', 'z' -> "";
            default -> throw new TemplateError("strftime_now: unknown directive '%" + kind + "'");
        };
    }

    private static String two(int number) {
        return String.format(Locale.ROOT, "%02d", number);
    }

    private static String pattern(LocalDateTime time, String pattern) {
        return time.get(ChronoField.YEAR) < 1 ? "" : time.format(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH));
    }
}
