package dev.cadenza.cli.probe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Task sets as JSON lines: one {@link Task} a line, empty lines ignored. */
final class Tasks {
    private static final JsonMapper JSON = JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private Tasks() {
    }

    /**
     * @throws IOException              the file cannot be read
     * @throws IllegalArgumentException a line is wrong; the message tells which and how
     */
    static List<Task> read(Path file) throws IOException {
        List<Task> tasks = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            if (!line.isBlank()) {
                try {
                    tasks.add(JSON.readValue(line, Task.class));
                } catch (JsonProcessingException e) {
                    throw new IllegalArgumentException("%s, line %d: %s".formatted(file, number, reason(e)), e);
                }
                if (!ids.add(tasks.getLast().id())) {
                    throw new IllegalArgumentException("%s, line %d: `id` must be unique, got %s again".formatted(file, number, tasks.getLast().id()));
                }
            }
        }
        return tasks;
    }

    private static String reason(JsonProcessingException e) {
        return e instanceof JsonMappingException && e.getCause() instanceof IllegalArgumentException own ? own.getMessage() : e.getOriginalMessage();
    }

    /** One line, without its end. */
    static String line(Task task) {
        try {
            return JSON.writeValueAsString(task);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
