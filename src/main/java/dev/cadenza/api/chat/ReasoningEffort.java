package dev.cadenza.api.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cadenza.api.wire.Reader;
import dev.cadenza.decoding.Wish;
import java.util.Map;
import java.util.Optional;

/** OpenAI's field of this name, as far as it can be honoured. NONE: the model is not to think. */
enum ReasoningEffort {
    UNSAID, NONE, LOW, MEDIUM, HIGH;

    static final Reader<ReasoningEffort> READER = new Reader<>() {
        private static final Reader<String> NAMES = Reader.oneOf("none", "low", "medium", "high");

        @Override
        public ReasoningEffort read(String path, JsonNode node) {
            return switch (NAMES.read(path, node)) {
                case "none" -> NONE;
                case "low" -> LOW;
                case "medium" -> MEDIUM;
                default -> HIGH;
            };
        }
    };

    /** What a strategy may heed. */
    Optional<Wish.Effort> forStrategy() {
        return switch (this) {
            case UNSAID, NONE -> Optional.empty();
            case LOW -> Optional.of(Wish.Effort.LOW);
            case MEDIUM -> Optional.of(Wish.Effort.MEDIUM);
            case HIGH -> Optional.of(Wish.Effort.HIGH);
        };
    }

    /** What the chat template is told. */
    Map<String, Object> templateVariables() {
        return this == NONE ? Map.of("enable_thinking", false) : Map.of();
    }
}
