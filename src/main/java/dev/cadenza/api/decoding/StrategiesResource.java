package dev.cadenza.api.decoding;

import dev.cadenza.api.ModelGate;
import io.smallrye.common.annotation.NonBlocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The strategies of this server, in the form of OpenAI's lists. */
@Path("/v1/decoding/strategies")
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
@Tag(name = "Decoding")
public final class StrategiesResource {
    private final ModelGate gate;

    StrategiesResource(ModelGate gate) {
        this.gate = gate;
    }

    @GET
    @Operation(operationId = "listDecodingStrategies", summary = "Lists the strategies that a request's decoding may name, and the rules of auto")
    public StrategyList list() {
        return StrategyList.of(gate.model().strategies().catalogue());
    }
}
