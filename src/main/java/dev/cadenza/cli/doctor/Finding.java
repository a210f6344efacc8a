package dev.cadenza.cli.doctor;

import java.util.Objects;

/**
 * @param subject what was looked at, unique within a section
 * @param value   what was found
 * @param remark  why it matters or what to do; empty: nothing to say
 */
record Finding(Section section, String subject, String value, Grade grade, String remark) {
    Finding {
        Objects.requireNonNull(section);
        Objects.requireNonNull(grade);
    }

    enum Section {
        VERSIONS, PROCESSOR, MEMORY, ENVIRONMENT, LIBRARIES, CUDA, MODEL, ENGINE
    }

    enum Grade {
        GOOD,
        /** Works, and could be better. */
        WARNING,
        /** What was asked for does not work. */
        BAD
    }

    static Finding good(Section section, String subject, String value) {
        return new Finding(section, subject, value, Grade.GOOD, "");
    }

    static Finding warning(Section section, String subject, String value, String remark) {
        return new Finding(section, subject, value, Grade.WARNING, remark);
    }

    static Finding bad(Section section, String subject, String value, String remark) {
        return new Finding(section, subject, value, Grade.BAD, remark);
    }
}
