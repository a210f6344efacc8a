package dev.cadenza.api.health;

import dev.cadenza.api.CadenzaConfig;
import dev.cadenza.api.ModelGate;
import dev.cadenza.api.error.ApiException;
import dev.cadenza.api.error.ApiProblem;
import io.smallrye.common.annotation.NonBlocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** For load balancers and orchestrators. */
@Path("/health")
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
@Tag(name = "Operation")
public final class HealthResource {
    private final ModelGate gate;
    private final CadenzaConfig.Api config;

    HealthResource(ModelGate gate, CadenzaConfig config) {
        this.gate = gate;
        this.config = config.api();
    }

    @GET
    @Operation(operationId = "health", summary = "200 when the server answers requests; 503 while it loads, drains or its device thread hangs")
    public Health ready() {
        live();
        gate.model();
        return new Health("ok");
    }

    @GET
    @Path("/live")
    @Operation(operationId = "liveness", summary = "503 only when the device thread hangs: restarting the server would help")
    public Health live() {
        if (gate.scheduler().filter(scheduler -> !scheduler.alive(config.hangTimeout())).isPresent()) {
            throw new ApiException(new ApiProblem.Hanging(config.retryAfter()));
        }
        return new Health("ok");
    }

    record Health(String status) {
    }
}
