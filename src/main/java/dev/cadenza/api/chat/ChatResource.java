package dev.cadenza.api.chat;

import dev.cadenza.api.CadenzaConfig;
import dev.cadenza.api.InFlight;
import dev.cadenza.api.ModelGate;
import dev.cadenza.api.ServedModel;
import dev.cadenza.api.chat.schema.ChatCompletion;
import dev.cadenza.api.chat.schema.ChatCompletionRequest;
import dev.cadenza.api.error.ErrorSchema;
import dev.cadenza.api.http.Bodies;
import dev.cadenza.scheduler.GenerationRequest;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestMulti;

/**
 * Chat completions. A worker thread validates, renders, tokenises and queues; only then does the answer begin, so that whatever is wrong with a
 * request has a status of its own.
 */
@Path("/v1/chat/completions")
@Tag(name = "Chat")
public final class ChatResource {
    private static final Duration LONGEST_PERIOD = Duration.ofSeconds(1);

    private final ModelGate gate;
    private final ChatRequestParser parser;
    private final Admission admission;
    private final InFlight inFlight;
    private final CadenzaConfig.Api config;
    private final Duration period;

    ChatResource(ModelGate gate, ChatRequestParser parser, Admission admission, InFlight inFlight, CadenzaConfig config) {
        this.gate = gate;
        this.parser = parser;
        this.admission = admission;
        this.inFlight = inFlight;
        this.config = config.api();
        Duration quarter = this.config.keepAlive().dividedBy(4);
        this.period = quarter.compareTo(LONGEST_PERIOD) < 0 ? quarter : LONGEST_PERIOD;
    }

    @POST
    @NonBlocking
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_OCTET_STREAM)
    @Operation(operationId = "createChatCompletion", summary = "Answers a conversation, at once or as a stream")
    @RequestBody(required = true, content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = ChatCompletionRequest.class)))
    @APIResponse(responseCode = "200", description = "The answer; with stream, server-sent events that end with data: [DONE]", content = {
            @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = ChatCompletion.class)),
            @Content(mediaType = MediaType.SERVER_SENT_EVENTS, schema = @Schema(type = SchemaType.STRING))})
    @APIResponse(responseCode = "default", description = "What went wrong",
            content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = ErrorSchema.class)))
    public RestMulti<byte[]> create(RoutingContext request) {
        Context eventLoop = Vertx.currentContext();
        var exchange = new Exchange(request, inFlight.begin());
        Uni<Begun> begun = Uni.createFrom().item(() -> begin(Bodies.of(request), exchange, eventLoop))
                .runSubscriptionOn(Infrastructure.getDefaultWorkerPool()).onFailure().invoke(exchange::end);
        return RestMulti.fromUniResponse(begun, Begun::bytes, Begun::headers, _ -> 200);
    }

    private Begun begin(byte[] body, Exchange exchange, Context eventLoop) {
        ServedModel model = gate.model();
        ChatRequest chat = parser.parse(body, model);
        String id = AnswerHead.newId();
        GenerationRequest generation = admission.prepare(id, chat, model);
        AnswerHead head = AnswerHead.of(id, model, chat);
        Multi<byte[]> bytes = chat.stream() ? stream(exchange, eventLoop, head, chat, generation, model)
                : answer(exchange, head, chat, generation, model);
        return Begun.of(chat, bytes.onTermination().invoke((_, cancelled) -> {
            if (cancelled) {
                exchange.abandon();
            } else {
                exchange.end();
            }
        }));
    }

    private Multi<byte[]> answer(Exchange exchange, AnswerHead head, ChatRequest chat, GenerationRequest generation, ServedModel model) {
        var answer = new Answer(head, new ChoiceJson(model.tokenizer()), chat);
        exchange.submitted(admission.submit(generation, model, answer));
        return Uni.createFrom().completionStage(answer.complete()).emitOn(Infrastructure.getDefaultWorkerPool()).map(Answer::json).toMulti();
    }

    private Multi<byte[]> stream(Exchange exchange, Context eventLoop, AnswerHead head, ChatRequest chat, GenerationRequest generation,
            ServedModel model) {
        var encoder = new ChunkEncoder(head, new ChoiceJson(model.tokenizer()), chat, exchange.requestId());
        var stream = new ChunkStream(task -> eventLoop.runOnContext(_ -> task.run()), encoder);
        exchange.submitted(admission.submit(generation, model, stream));
        eventLoop.runOnContext(_ -> exchange.watch(period, () -> stream.tick(config.keepAlive(), config.stallTimeout())));
        return Multi.createFrom().publisher(stream);
    }

    /**
     * An answer that has been queued.
     *
     * @param bytes of the body as they come
     */
    private record Begun(Multi<byte[]> bytes, Map<String, List<String>> headers) {
        private static Begun of(ChatRequest chat, Multi<byte[]> bytes) {
            var headers = new LinkedHashMap<String, List<String>>();
            headers.put("content-type", List.of(chat.stream() ? "text/event-stream; charset=utf-8" : MediaType.APPLICATION_JSON));
            if (chat.stream()) {
                headers.put("cache-control", List.of("no-cache"));
                headers.put("x-accel-buffering", List.of("no"));
            }
            if (!chat.ignored().isEmpty()) {
                headers.put("x-cadenza-ignored", List.of(String.join(", ", chat.ignored())));
            }
            return new Begun(bytes, headers);
        }
    }
}
