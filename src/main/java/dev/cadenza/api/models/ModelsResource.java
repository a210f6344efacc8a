package dev.cadenza.api.models;

import dev.cadenza.api.ModelGate;
import dev.cadenza.api.ServedModel;
import dev.cadenza.api.error.ApiException;
import dev.cadenza.api.error.ApiProblem;
import io.smallrye.common.annotation.NonBlocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The one model that this server serves, in OpenAI's form. */
@Path("/v1/models")
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
@Tag(name = "Models")
public final class ModelsResource {
    private final ModelGate gate;
    private final ModelNames names;

    ModelsResource(ModelGate gate, ModelNames names) {
        this.gate = gate;
        this.names = names;
    }

    @GET
    @Operation(operationId = "listModels", summary = "Lists the served model")
    public ModelList list() {
        return ModelList.of(ModelEntry.of(gate.model()));
    }

    @GET
    @Path("/{id: .+}")
    @Operation(operationId = "retrieveModel", summary = "Describes the served model")
    public ModelEntry get(@PathParam("id") String id) {
        ServedModel model = gate.model();
        if (!names.mean(model, id)) {
            throw new ApiException(new ApiProblem.UnknownModel(id));
        }
        return ModelEntry.of(model);
    }
}
