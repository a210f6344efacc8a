package dev.cadenza.api.chat;

import dev.cadenza.api.CadenzaConfig;
import dev.cadenza.api.ServedModel;
import dev.cadenza.api.error.ApiException;
import dev.cadenza.api.error.ApiProblem;
import dev.cadenza.api.models.ModelNames;
import dev.cadenza.api.wire.Json;
import dev.cadenza.api.wire.UnknownFields;
import dev.cadenza.api.wire.WireObject;
import jakarta.inject.Singleton;

/** Body bytes to a valid request. Immutable; any thread. */
@Singleton
final class ChatRequestParser {
    private final CadenzaConfig.Api config;
    private final ModelNames names;

    ChatRequestParser(CadenzaConfig config, ModelNames names) {
        this.config = config.api();
        this.names = names;
    }

    /** @throws ApiException 400 naming the field at fault, 404 for an unknown model */
    ChatRequest parse(byte[] json, ServedModel model) {
        WireObject body = Json.object(json);
        String name = ChatFields.MODEL.requiredIn(body);
        if (!names.mean(model, name)) {
            throw new ApiException(new ApiProblem.UnknownModel(name));
        }
        var unknown = new UnknownFields(config.unknownFields());
        ChatFields.TABLE.check(body, unknown);
        var messages = new Messages(unknown).read(ChatFields.MESSAGES.requiredIn(body));
        boolean stream = ChatFields.STREAM.in(body);
        return new ChatRequest(messages, maxTokens(body), SamplingFields.choices(body, config.maxChoices()),
                SamplingFields.sampling(body, model.tokenizer().vocabulary()), SamplingFields.seed(body), SamplingFields.topLogprobs(body),
                SamplingFields.STOP.in(body), stream, includeUsage(body, stream, unknown), ChatFields.DECODING.in(body),
                ChatFields.prediction(body, unknown), SamplingFields.TEMPERATURE.isIn(body), effort(body, model),
                ChatFields.METADATA.in(body), ChatFields.SERVICE_TIER.isIn(body), ChatFields.USER.in(body),
                unknown.ignored());
    }

    private static long maxTokens(WireObject body) {
        Long current = ChatFields.MAX_COMPLETION_TOKENS.in(body);
        Long old = ChatFields.MAX_TOKENS.in(body);
        if (current != null && old != null && !current.equals(old)) {
            throw ApiException.invalid("max_tokens", "invalid_value",
                    "Invalid 'max_tokens': it is the old name of 'max_completion_tokens' and differs from it: %d and %d.".formatted(old, current));
        }
        return current != null ? current : old != null ? old : Long.MAX_VALUE;
    }

    private static ReasoningEffort effort(WireObject body, ServedModel model) {
        ReasoningEffort effort = ChatFields.REASONING_EFFORT.in(body);
        if (effort == ReasoningEffort.NONE && model.alwaysThinks()) {
            throw ApiException.invalid("reasoning_effort", "unsupported_value",
                    "Invalid 'reasoning_effort': the chat template of this model cannot turn thinking off.");
        }
        return effort;
    }

    private static boolean includeUsage(WireObject body, boolean stream, UnknownFields unknown) {
        WireObject options = ChatFields.STREAM_OPTIONS.in(body);
        if (options == null) {
            return false;
        }
        if (!stream) {
            throw ApiException.invalid("stream_options", "invalid_value", "Invalid 'stream_options': it is only allowed when 'stream' is true.");
        }
        ChatFields.STREAM_OPTIONS_TABLE.check(options, unknown);
        return ChatFields.INCLUDE_USAGE.in(options);
    }
}
