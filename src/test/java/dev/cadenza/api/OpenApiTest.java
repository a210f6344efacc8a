package dev.cadenza.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.startsWith;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
        String generated = given().get("/generated-openapi").asString();
        if (Boolean.getBoolean("openapi.write")) {
            Files.writeString(FILE, generated);
        }

        assertThat(Files.readString(FILE)).as("openapi.yaml is stale; run ./mvnw test -Dtest=OpenApiTest -Dopenapi.write=true").isEqualTo(generated);
    }

    @Test
    void serverGivesTheDocumentInYamlAndJson() throws Exception {
        String yaml = given().get("/openapi").then().statusCode(200).contentType(startsWith("application/yaml")).extract().asString();
        String json = given().accept("application/json").get("/openapi").then().statusCode(200).contentType(startsWith("application/json")).extract().asString();

        assertThat(yaml).isEqualTo(Files.readString(FILE));
        assertThat(new ObjectMapper().readTree(json)).isEqualTo(new YAMLMapper().readTree(yaml));
    }

    @Test
    void imagesAreBuiltWithTheDocument() throws Exception {
        assertThat(Files.readAllLines(Path.of(".dockerignore"))).contains("!" + FILE);
    }

    @Test
    void everySupportedFieldIsDescribed() throws Exception {
        JsonNode document = new YAMLMapper().readTree(given().get("/openapi").asString());

        Set<String> described = new TreeSet<>();
        document.at("/components/schemas/ChatCompletionRequest/properties").fieldNames().forEachRemaining(described::add);
        assertThat(described).isEqualTo(new TreeSet<>(SupportedFields.names()));
    }
}
