package dev.cadenza.api.models;

import dev.cadenza.api.CadenzaConfig;
import dev.cadenza.api.ServedModel;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;

/** The names by which clients may call the model. Immutable; any thread. */
@Singleton
public final class ModelNames {
    private final Set<String> aliases;

    ModelNames(CadenzaConfig config) {
        this.aliases = Set.copyOf(config.model().aliases().orElse(List.of()));
    }

    public boolean mean(ServedModel model, String name) {
        return model.id().equals(name) || aliases.contains(name);
    }
}
