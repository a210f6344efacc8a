package dev.cadenza.chat.jinja;

/** A text under construction that never grows beyond the render's limits. */
final class Buffer {
    private final StringBuilder text = new StringBuilder();
    private final Meter meter;

    Buffer(Meter meter) {
        this.meter = meter;
    }

    Buffer append(String piece) {
        if (text.length() + (long) piece.length() > meter.limits().textChars()) {
            meter.text(text.length() + (long) piece.length());
        }
        meter.text(piece.length());
        text.append(piece);
        return this;
    }

    Buffer append(char unit) {
        if (text.length() >= meter.limits().textChars()) {
            meter.text(text.length() + 1L);
        }
        text.append(unit);
        return this;
    }

    int length() {
        return text.length();
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
