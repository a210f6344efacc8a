package dev.cadenza.chat;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;

/**
 * What a chat template renders, as parsed JSON whose maps keep their key order.
 *
 * @param messages            OpenAI messages
 * @param tools               OpenAI tools, {@code null}: none
 * @param kwargs              extra variables, which win over all others
 * @param addGenerationPrompt whether the text ends where the assistant's answer begins
 * @param bosToken            {@code null}: the variable is undefined; likewise {@code eosToken}
 * @param now                 what the template's clock tells
 */
public record Conversation(List<Map<String, Object>> messages, List<?> tools, Map<String, Object> kwargs, boolean addGenerationPrompt,
        String bosToken, String eosToken, LocalDateTime now) {
}
