package dev.cadenza.decoding;

import java.util.Map;

/** Chooses the strategy of a request. Immutable; any thread. */
public final class StrategySelector {

    /**
     * @param decoding the request's {@code decoding} object as parsed JSON (maps, lists, strings, numbers, booleans), or {@code null}
     * @throws InvalidDecoding unknown or malformed field, or one that this version does not support
     */
    public Selection select(Map<String, Object> decoding) throws InvalidDecoding {
        throw new InvalidDecoding("decoding", "unsupported_parameter", "not written yet");
    }

    /** @param reason for the report, such as "request" or "default" */
    public record Selection(Strategy strategy, String reason) {
    }
}
