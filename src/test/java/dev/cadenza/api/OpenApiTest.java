package dev.cadenza.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.cadenza.api.chat.SupportedFields;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

@QuarkusTest
class OpenApiTest {
    private static final Path FILE = Path.of("openapi.yaml");

    @Test
    void publishedDocumentIsUpToDate() throws Exception {
        String generated = given().get("/openapi").asString();
        if (Boolean.getBoolean("openapi.write")) {
            Files.writeString(FILE, generated);
        }

        assertThat(Files.readString(FILE)).as("openapi.yaml is stale; run ./mvnw test -Dtest=OpenApiTest -Dopenapi.write=true").isEqualTo(generated);
    }

    @Test
    void everySupportedFieldIsDescribed() throws Exception {
        JsonNode document = new YAMLMapper().readTree(given().get("/openapi").asString());

        Set<String> described = new TreeSet<>();
        document.at("/components/schemas/ChatCompletionRequest/properties").fieldNames().forEachRemaining(described::add);
        assertThat(described).isEqualTo(new TreeSet<>(SupportedFields.names()));
    }
}
