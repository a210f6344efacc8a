package dev.cadenza.model.store;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The models known by name.
 *
 * @param defaultModel id of the one that is served when none is asked for
 * @param models       in the file's order
 */
public record Catalogue(String defaultModel, List<CatalogueModel> models) {
    private static final String FILE = "models.yaml";
    private static final YAMLMapper YAML = new YAMLMapper();

    public Catalogue {
        models = List.copyOf(models);
        String wanted = defaultModel;
        if (models.stream().noneMatch(model -> model.id().equals(wanted))) {
            throw new IllegalArgumentException("default must be one of the models, got \"%s\"".formatted(defaultModel));
        }
    }

    public Optional<CatalogueModel> find(String id) {
        return models.stream().filter(model -> model.id().equals(id)).findFirst();
    }

    /**
     * Reads {@code config/models.yaml} of the first folder that has one, the copy inside the program otherwise.
     *
     * @throws ModelUnavailable the file cannot be read or is wrong; the message names it and what is wrong
     */
    static Catalogue load(List<Path> folders) {
        for (var folder : folders) {
            var file = folder.resolve("config").resolve(FILE);
            if (Files.isRegularFile(file)) {
                try {
                    return parse(file.toString(), Files.readString(file));
                } catch (IOException e) {
                    throw new ModelUnavailable("cannot read the catalogue " + file + ": " + Reason.of(e), e);
                }
            }
        }
        return bundled();
    }

    static Catalogue bundled() {
        try (var in = Catalogue.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException("the build has not bundled " + FILE);
            }
            return parse("bundled " + FILE, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new ModelUnavailable("cannot read the bundled catalogue: " + Reason.of(e), e);
        }
    }

    static Catalogue parse(String name, String yaml) {
        try {
            var file = YAML.readValue(yaml, YamlFile.class);
            if (file.models == null || file.defaultModel() == null) {
                throw new IllegalArgumentException("needs the keys default and models");
            }
            var models = new ArrayList<CatalogueModel>();
            file.models.forEach((id, model) -> models.add(model.named(id)));
            return new Catalogue(file.defaultModel(), models);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new ModelUnavailable("catalogue %s: %s".formatted(name, e.getMessage()), e);
        }
    }

    private record YamlFile(@JsonProperty("default") String defaultModel, Map<String, YamlModel> models) {
    }

    private record YamlModel(String description, String license, long bytes, List<YamlSource> sources) {
        CatalogueModel named(String id) {
            if (description == null || license == null || sources == null) {
                throw new IllegalArgumentException("model %s: needs description, license and sources".formatted(id));
            }
            return new CatalogueModel(id, description, license, bytes,
                    sources.stream().map(each -> new Origin(Source.parse(String.valueOf(each.source)), each.sha256)).toList());
        }
    }

    private record YamlSource(String source, String sha256) {
    }
}
