package dev.cadenza.api.models;

import java.util.List;

record ModelList(String object, List<ModelEntry> data) {
    static ModelList of(ModelEntry entry) {
        return new ModelList("list", List.of(entry));
    }
}
