package dev.cadenza.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cadenza.chat.ChatTemplate;
import dev.cadenza.chat.Conversation;
import dev.cadenza.chat.TemplateError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Renders conversations with a chat template, without a model: one JSON line in, one out. */
@Command(name = "render", mixinStandardHelpOptions = true, description = "Renders conversations with a chat template.",
        footer = {"", "Reads one JSON object a line: messages, tools, kwargs, add_generation_prompt, bos_token, eos_token, now (ISO local date-time).",
                "Writes one JSON object a line: {\"text\": ...} or {\"error\": ...}."})
final class RenderCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNumberLength(5_000).maxNestingDepth(500).build())
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).enable(JsonWriteFeature.ESCAPE_NON_ASCII).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    @Parameters(paramLabel = "TEMPLATE.jinja", description = "the template's source, UTF-8")
    private Path file;

    @Override
    public Integer call() throws IOException {
        return run(file, System.in, System.out, System.err);
    }

    /** @return exit status: 0, or 1 when the template's file cannot be read */
    static int run(Path file, InputStream in, PrintStream out, PrintStream err) throws IOException {
        String source;
        try {
            source = Files.readString(file);
        } catch (IOException unreadable) {
            err.println("cadenza: cannot read the template " + file + ": " + unreadable);
            return 1;
        }
        Writer answers = new OutputStreamWriter(out, StandardCharsets.UTF_8);
        BufferedReader cases = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        Renderer renderer = renderer(source);
        for (String line = cases.readLine(); line != null; line = cases.readLine()) {
            if (!line.isBlank()) {
                answers.write(JSON.writeValueAsString(answer(line, renderer)) + "\n");
                answers.flush();
            }
        }
        return 0;
    }

    private interface Renderer {
        String render(Conversation conversation);
    }

    /** A template that does not compile fails every case, as it would fail every request. */
    private static Renderer renderer(String source) {
        try {
            return new ChatTemplate(source)::render;
        } catch (TemplateError invalid) {
            return _ -> {
                throw invalid;
            };
        }
    }

    private static Map<String, String> answer(String line, Renderer renderer) {
        try {
            return Map.of("text", renderer.render(conversation(line)));
        } catch (TemplateError refused) {
            return Map.of("error", refused.getMessage());
        } catch (JsonProcessingException malformed) {
            return Map.of("error", "not a JSON object of a case: " + malformed.getOriginalMessage());
        } catch (DateTimeException | ClassCastException mistyped) {
            return Map.of("error", "a field of the case has the wrong type: " + mistyped.getMessage());
        }
    }

    @SuppressWarnings("unchecked")
    private static Conversation conversation(String line) throws JsonProcessingException {
        Map<String, Object> fields = JSON.readValue(line, Map.class);
        if (fields == null) {
            throw new TemplateError("not a JSON object of a case: null");
        }
        Object messages = fields.get("messages") == null ? List.of() : fields.get("messages");
        for (Object message : (List<?>) messages) {
            if (!(message instanceof Map)) {
                throw new TemplateError("every message must be an object");
            }
        }
        Object kwargs = fields.get("kwargs") == null ? Map.of() : fields.get("kwargs");
        Object prompt = fields.get("add_generation_prompt");
        String now = (String) fields.get("now");
        return new Conversation((List<Map<String, Object>>) messages, (List<?>) fields.get("tools"), (Map<String, Object>) kwargs,
                prompt != null && (Boolean) prompt, (String) fields.get("bos_token"), (String) fields.get("eos_token"),
                now == null ? LocalDateTime.now() : LocalDateTime.parse(now));
    }
}
