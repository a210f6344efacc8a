package dev.cadenza.api.error;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The error shape, for the published schema. */
@Schema(name = "Error")
public record ErrorSchema(@Schema(required = true) Details error) {

    @Schema(name = "ErrorDetails")
    public record Details(@Schema(required = true) String message, @Schema(required = true) String type,
            @Schema(required = true, nullable = true, description = "Path of the field at fault, such as messages[2].content[0].type") String param,
            @Schema(required = true, nullable = true) String code) {
    }
}
