package dev.cadenza.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RenderCommandTest {
    @TempDir
    private Path folder;
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private List<String> render(String template, String cases) throws IOException {
        Path file = Files.writeString(folder.resolve("t.jinja"), template);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int status = RenderCommand.run(file, new ByteArrayInputStream(cases.getBytes(StandardCharsets.UTF_8)), new PrintStream(out), new PrintStream(err));
        assertThat(status).isZero();
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void eachLineGetsOneAnswer() throws IOException {
        String cases = """
                {"messages":[{"role":"user","content":"h\u00e9"}],"kwargs":{"x":[1,1.0,-0.0,1e-07,123456789012345678901234567890]}}
                {"messages":[]}

                not json
                {"now":"never"}
                {"kwargs":{"boom":true},"now":"2026-01-02T03:04:05","eos_token":"E","add_generation_prompt":true}
                """;
        assertThat(render("{% if boom %}{{ raise_exception('no ' ~ eos_token) }}{% endif %}{{ messages|map(attribute='content')|join }}{{ x }}", cases))
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("{\"text\":\"h\\u00E9[1, 1.0, -0.0, 1e-07, 123456789012345678901234567890]\"}"),
                        line -> assertThat(line).isEqualTo("{\"text\":\"\"}"),
                        line -> assertThat(line).startsWith("{\"error\":\"not a JSON object"),
                        line -> assertThat(line).startsWith("{\"error\":\"a field of the case"),
                        line -> assertThat(line).isEqualTo("{\"error\":\"no E\"}"));
    }

    @Test
    void aTemplateThatDoesNotCompileFailsEachCase() throws IOException {
        assertThat(render("{% if %}", "{}\n{}\n")).hasSize(2).allSatisfy(line -> assertThat(line).startsWith("{\"error\":\"template line 1"));
    }

    @Test
    void aMissingTemplateFailsTheCommand() throws IOException {
        int status = RenderCommand.run(folder.resolve("none.jinja"), new ByteArrayInputStream(new byte[0]), System.out, new PrintStream(err));
        assertThat(status).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("none.jinja");
    }
}
