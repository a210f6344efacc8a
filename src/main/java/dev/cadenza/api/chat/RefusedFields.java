package dev.cadenza.api.chat;

import static dev.cadenza.api.wire.Field.refused;
import static dev.cadenza.api.wire.Field.refusedUnless;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cadenza.api.wire.Field;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Fields that clients send and this version refuses by name, each with the value that asks for nothing. */
final class RefusedFields {
    private static final Predicate<JsonNode> FALSE = node -> node.isBoolean() && !node.booleanValue();
    private static final Predicate<JsonNode> TRUE = node -> node.isBoolean() && node.booleanValue();
    private static final Predicate<JsonNode> EMPTY_ARRAY = node -> node.isArray() && node.isEmpty();
    private static final Predicate<JsonNode> EMPTY_OBJECT = node -> node.isObject() && node.isEmpty();
    private static final Predicate<JsonNode> ZERO = node -> node.isIntegralNumber() && node.asLong() == 0;

    private static final List<Field<?>> OPENAI = List.of(
            refusedUnless("response_format", RefusedFields::plainText),
            refusedUnless("tools", EMPTY_ARRAY), refusedUnless("tool_choice", text("none").or(text("auto"))),
            refusedUnless("parallel_tool_calls", TRUE),
            refusedUnless("modalities", RefusedFields::onlyText), refusedUnless("store", FALSE), refused("functions"), refused("function_call"),
            refused("audio"), refused("verbosity"), refused("web_search_options"), refused("moderation"), refused("prompt_cache_options"),
            refused("prompt_cache_retention"));

    private static final List<Field<?>> PEERS = List.of(
            refusedUnless("ignore_eos", FALSE), refusedUnless("min_tokens", ZERO), refusedUnless("stop_token_ids", EMPTY_ARRAY),
            refusedUnless("include_stop_str_in_output", FALSE), refusedUnless("skip_special_tokens", TRUE), refused("structured_outputs"),
            refused("guided_json"), refused("guided_regex"), refused("guided_choice"), refused("guided_grammar"), refused("guided_decoding_backend"),
            refused("guided_whitespace_pattern"), refused("regex"), refused("ebnf"), refused("grammar"), refused("json_schema"),
            refusedUnless("chat_template_kwargs", EMPTY_OBJECT), refusedUnless("add_generation_prompt", TRUE),
            refusedUnless("continue_final_message", FALSE), refusedUnless("return_token_ids", FALSE), refusedUnless("timings_per_token", FALSE),
            refused("chat_template"), refused("logits_processors"), refused("lora"), refusedUnless("use_beam_search", FALSE));

    static final List<Field<?>> ALL = Stream.<Field<?>>concat(OPENAI.stream(), PEERS.stream()).toList();

    private RefusedFields() {
    }

    private static Predicate<JsonNode> text(String value) {
        return node -> node.isTextual() && node.textValue().equals(value);
    }

    private static boolean plainText(JsonNode node) {
        return node.isObject() && node.size() == 1 && text("text").test(node.path("type"));
    }

    private static boolean onlyText(JsonNode node) {
        return node.isArray() && node.size() == 1 && text("text").test(node.get(0));
    }
}
