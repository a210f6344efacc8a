package dev.cadenza.model.store;

import java.util.List;
import java.util.regex.Pattern;

/**
 * A model that the catalogue knows.
 *
 * @param id      lower-case letters, digits, '.', '-', '_'
 * @param license SPDX identifier
 * @param bytes   size of the file
 * @param origins tried in order, each with its hash; at least one
 */
public record CatalogueModel(String id, String description, String license, long bytes, List<Origin> origins) {
    private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9._-]*");

    public CatalogueModel {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("model id must match %s, got \"%s\"".formatted(ID, id));
        }
        if (bytes < 1) {
            throw new IllegalArgumentException("model %s: bytes must be positive, got %d".formatted(id, bytes));
        }
        origins = List.copyOf(origins);
        if (origins.isEmpty() || origins.stream().anyMatch(origin -> origin.sha256() == null)) {
            throw new IllegalArgumentException("model %s: needs at least one source, and a sha256 for each".formatted(id));
        }
    }
}
