package dev.cadenza.model.store;

import java.nio.file.Path;

/**
 * A catalogue model and its place in the cache.
 *
 * @param cached whether the file is there, verified and unchanged
 */
public record StoredModel(CatalogueModel model, Path path, boolean cached) {
}
