package dev.cadenza.api;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.Operation;

/** The repository's openapi.yaml, which a test compares with what the annotations say. */
@Path("/openapi")
public final class OpenApiResource {

    /** In YAML; in JSON for who asks for it. */
    @GET
    @Operation(hidden = true)
    public Response document(@HeaderParam(HttpHeaders.ACCEPT) String accept) throws IOException {
        try (InputStream file = Objects.requireNonNull(OpenApiResource.class.getResourceAsStream("/META-INF/cadenza/openapi.yaml"), "openapi.yaml")) {
            return accept != null && accept.contains("json") ? Response.ok(new YAMLMapper().readTree(file), MediaType.APPLICATION_JSON).build()
                    : Response.ok(new String(file.readAllBytes(), StandardCharsets.UTF_8), "application/yaml;charset=UTF-8").build();
        }
    }
}
