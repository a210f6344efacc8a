package dev.cadenza.api.wire;

import dev.cadenza.api.error.ApiException;
import java.util.ArrayList;
import java.util.List;

/** What happens to fields that nobody knows. One per request; one thread. */
public final class UnknownFields {

    /** {@code cadenza.api.unknown-fields} */
    public enum Policy {
        /** 400 naming the field. */
        REFUSE,
        /** The request runs; the names come back in the header {@code x-cadenza-ignored}. */
        REPORT
    }

    private static final int MAX_REPORTED = 32;
    private static final int MAX_NAME_LENGTH = 80;

    private final Policy policy;
    private final List<String> ignored = new ArrayList<>();

    public UnknownFields(Policy policy) {
        this.policy = policy;
    }

    void found(String path) {
        switch (policy) {
            case REFUSE -> throw ApiException.invalid(path, "unknown_parameter", "Unknown parameter: '%s'.".formatted(path));
            case REPORT -> {
                if (ignored.size() < MAX_REPORTED) {
                    ignored.add(headerSafe(path));
                }
            }
        }
    }

    /** Paths of the ignored fields, fit for a header. */
    public List<String> ignored() {
        return List.copyOf(ignored);
    }

    private static String headerSafe(String path) {
        String safe = path.replaceAll("[^A-Za-z0-9_.\\[\\]-]", "?");
        return safe.substring(0, Math.min(safe.length(), MAX_NAME_LENGTH));
    }
}
