package dev.cadenza.api.chat;

import dev.cadenza.api.CadenzaConfig;
import dev.cadenza.api.ServedModel;
import dev.cadenza.api.error.ApiException;
import dev.cadenza.api.error.ApiProblem;
import dev.cadenza.chat.TemplateError;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.StrategySelector;
import dev.cadenza.decoding.Wish;
import dev.cadenza.observability.RequestMeters;
import dev.cadenza.scheduler.GenerationListener;
import dev.cadenza.scheduler.GenerationRequest;
import dev.cadenza.scheduler.NeverFits;
import dev.cadenza.scheduler.QueueFull;
import dev.cadenza.scheduler.Scheduler;
import dev.cadenza.scheduler.ShuttingDown;
import jakarta.inject.Singleton;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The way of a valid request into the queue: render, tokenise, fit, choose the strategy, submit. Worker threads; immutable. */
@Singleton
final class Admission {
    private final CadenzaConfig.Api config;
    private final CadenzaConfig.Scope scope;
    private final CadenzaConfig.MemoryScope memory;
    private final RequestMeters meters;

    Admission(CadenzaConfig config, RequestMeters meters) {
        this.config = config.api();
        this.scope = config.prefixCache().scope();
        this.memory = config.decoding().memoryScope();
        this.meters = meters;
    }

    /**
     * @param id the answer's id, for logs
     * @return what runs when submitted; prompt and answer fit the context
     * @throws ApiException 429, 503; 400: the template refuses the messages, the prompt leaves no room, or the strategy cannot be honoured
     */
    GenerationRequest prepare(String id, ChatRequest request, ServedModel model) {
        requireRoom(request.choices(), model);
        int[] prompt = prompt(request.messages(), request, model);
        int room = model.context() - prompt.length;
        if (room < 1) {
            throw ApiException.invalid("messages", "context_length_exceeded",
                    "This model's maximum context length is %d tokens. However, your messages resulted in %d tokens. Please reduce their length."
                            .formatted(model.context(), prompt.length));
        }
        int maxTokens = (int) Math.min(request.maxTokens(), room);
        StrategySelector.Selection selection = strategy(new Wish(request.decoding(), prediction(request, model), prompt.length, maxTokens,
                request.sampling(), request.temperatureGiven(), request.effort().forStrategy().orElse(null),
                text -> prompt(withText(request.messages(), text), request, model)), model);
        Strategy.Opening opening = selection.strategy().opening(new Strategy.Opening(prompt, maxTokens, request.sampling()));
        return new GenerationRequest(id, opening.prompt(), request.choices(), opening.maxTokens(), opening.sampling(), request.seed(), request.topLogprobs(),
                request.stops(), selection.strategy(), selection.reason(), selection.trace(), scope(request), memory(request));
    }

    private void requireRoom(int choices, ServedModel model) {
        try {
            model.scheduler().requireRoom(choices);
        } catch (QueueFull | ShuttingDown busy) {
            throw refused(busy);
        }
    }

    private ApiException refused(Exception busy) {
        return new ApiException(busy instanceof QueueFull ? new ApiProblem.QueueIsFull(config.retryAfter())
                : new ApiProblem.Draining(config.retryAfter()));
    }

    /** @throws ApiException 429, 503, or 400 when it could never run */
    Scheduler.Ticket submit(GenerationRequest request, ServedModel model, GenerationListener listener) {
        try {
            Scheduler.Ticket ticket = model.scheduler().submit(request, meters.timed(listener, request.choices()));
            meters.accepted(request.strategy().name(), request.reason());
            return ticket;
        } catch (QueueFull | ShuttingDown busy) {
            throw refused(busy);
        } catch (NeverFits never) {
            throw ApiException.invalid(request.choices() > 1 ? "n" : "max_tokens", "invalid_value",
                    "The request needs more key-value memory than this server has: %s".formatted(never.getMessage()));
        }
    }

    private String scope(ChatRequest request) {
        return switch (scope) {
            case GLOBAL -> "";
            case USER -> request.user();
        };
    }

    private String memory(ChatRequest request) {
        return switch (memory) {
            case GLOBAL -> "";
            // Requests of nobody in particular may be of different people.
            case USER -> request.user().isEmpty() ? null : request.user();
            case REQUEST -> null;
        };
    }

    /** The answer's tokens as the client expects them, as far as the context reaches. Special tokens' texts are text. */
    private static int[] prediction(ChatRequest request, ServedModel model) {
        if (request.prediction() == null) {
            return null;
        }
        int[] tokens = model.tokenizer().encode(request.prediction());
        return Arrays.copyOf(tokens, Math.min(tokens.length, model.context()));
    }

    private static int[] prompt(List<Map<String, Object>> messages, ChatRequest request, ServedModel model) {
        try {
            return model.prompts().encode(messages, request.effort().templateVariables(), true, LocalDateTime.now());
        } catch (TemplateError refused) {
            throw ApiException.invalid("messages", "invalid_value", refused.getMessage());
        }
    }

    /** The same with a text at the end of what the user said last. */
    private static List<Map<String, Object>> withText(List<Map<String, Object>> messages, String text) throws InvalidDecoding {
        List<Map<String, Object>> changed = new ArrayList<>(messages);
        for (int i = messages.size() - 1; i >= 0; i--) {
            Map<String, Object> message = messages.get(i);
            if ("user".equals(message.get("role"))) {
                Map<String, Object> longer = new LinkedHashMap<>(message);
                longer.put("content", message.get("content") + text);
                changed.set(i, longer);
                return changed;
            }
        }
        throw new InvalidDecoding("messages", "invalid_value", "the strategy 'diff_adapt' needs a user message");
    }

    private static StrategySelector.Selection strategy(Wish wish, ServedModel model) {
        try {
            return model.strategies().select(wish);
        } catch (InvalidDecoding invalid) {
            throw ApiException.invalid(invalid.param(), invalid.code(), invalid.getMessage());
        }
    }
}
