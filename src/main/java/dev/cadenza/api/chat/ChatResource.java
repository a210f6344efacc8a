package dev.cadenza.api.chat;

import dev.cadenza.api.CadenzaConfig;
import dev.cadenza.api.InFlight;
import dev.cadenza.api.ModelGate;
import dev.cadenza.api.ServedModel;
import dev.cadenza.scheduler.GenerationRequest;
import dev.cadenza.scheduler.Scheduler;
import io.smallrye.common.annotation.Blocking;
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
import java.util.List;
import org.jboss.resteasy.reactive.RestMulti;

/**
 * Chat completions. A worker thread validates, renders, tokenises and queues; only then does the answer begin, so that whatever is wrong with a
 * request has a status of its own.
 */
@Path("/v1/chat/completions")
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
    @Blocking
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public RestMulti<byte[]> create(byte[] body, RoutingContext request) {
        ServedModel model = gate.model();
        ChatRequest chat = parser.parse(body, model);
        String id = AnswerHead.newId();
        GenerationRequest generation = admission.prepare(id, chat, model);
        AnswerHead head = AnswerHead.of(id, model, chat);
        var exchange = new Exchange(request, id, inFlight.begin());
        try {
            return chat.stream() ? stream(exchange, head, chat, generation, model) : answer(exchange, head, chat, generation, model);
        } catch (RuntimeException refused) {
            exchange.end();
            throw refused;
        }
    }

    private RestMulti<byte[]> answer(Exchange exchange, AnswerHead head, ChatRequest chat, GenerationRequest generation, ServedModel model) {
        var answer = new Answer(head, new ChoiceJson(model.tokenizer()), generation.prompt().length, chat.choices(), chat.topLogprobs() >= 0,
                chat.metadata());
        Scheduler.Ticket ticket = admission.submit(generation, model, answer);
        exchange.submitted(ticket, period, () -> false);
        Uni<byte[]> body = Uni.createFrom().completionStage(answer.complete()).emitOn(Infrastructure.getDefaultWorkerPool()).map(Answer::json);
        return respond(exchange, body.toMulti(), MediaType.APPLICATION_JSON, chat.ignored()).build();
    }

    private RestMulti<byte[]> stream(Exchange exchange, AnswerHead head, ChatRequest chat, GenerationRequest generation, ServedModel model) {
        Context context = Vertx.currentContext();
        var encoder = new ChunkEncoder(head, new ChoiceJson(model.tokenizer()), generation.prompt().length, chat, exchange.requestId());
        var stream = new ChunkStream(task -> context.runOnContext(_ -> task.run()), encoder);
        Scheduler.Ticket ticket = admission.submit(generation, model, stream);
        exchange.submitted(ticket, period, () -> stream.tick(config.keepAlive(), config.stallTimeout()));
        return respond(exchange, Multi.createFrom().publisher(stream), "text/event-stream; charset=utf-8", chat.ignored())
                .header("cache-control", "no-cache").header("x-accel-buffering", "no").build();
    }

    private static RestMulti.SyncRestMulti.Builder<byte[]> respond(Exchange exchange, Multi<byte[]> bytes, String contentType, List<String> ignored) {
        Multi<byte[]> watched = bytes.onCancellation().invoke(exchange::abandon).onTermination().invoke(exchange::end);
        var response = RestMulti.fromMultiData(watched).encodeAsJsonArray(false).header("content-type", contentType);
        return ignored.isEmpty() ? response : response.header("x-cadenza-ignored", String.join(", ", ignored));
    }
}
