package dev.cadenza.api.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cadenza.api.ServedModel;

/** @param created unix seconds */
record ModelEntry(String id, String object, long created, @JsonProperty("owned_by") String ownedBy, Meta meta) {

    static ModelEntry of(ServedModel model) {
        return new ModelEntry(model.id(), "model", model.created(), "cadenza", new Meta(model.context(), model.precision()));
    }

    /** Ours: tokens that prompt and answer may have together, and the precision of the weights' arithmetic. */
    record Meta(int context, String precision) {
    }
}
