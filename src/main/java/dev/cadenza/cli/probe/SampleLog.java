package dev.cadenza.cli.probe;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finished tasks on disk, so that a run that was cut off goes on where it was: JSON lines, of which the first tells the settings. A last line without
 * its end was cut off with the process, and is dropped. One thread; one process.
 */
final class SampleLog implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final FileChannel file;
    private final Map<String, Measured> finished;

    private SampleLog(FileChannel file, Map<String, Measured> finished) {
        this.file = file;
        this.finished = finished;
    }

    /** What answers depend on, besides the task. */
    record Settings(@JsonProperty("model_sha256") String modelSha256, @JsonProperty("prompts_sha256") String promptsSha256, String precision, int hidden,
            int samples, double temperature, @JsonProperty("max_tokens") int maxTokens, long seed) {
    }

    private record Line(String id, @JsonProperty("task_sha256") String taskSha256, double accuracy, double entropy, int tokens, String state) {
    }

    /**
     * @param tasks of which the finished ones are read; others in the file stay there
     * @throws IOException              the file cannot be read or written, is open elsewhere, or a line is damaged
     * @throws IllegalArgumentException it was made with other settings or other tasks
     */
    static SampleLog open(Path path, Settings settings, List<Task> tasks) throws IOException {
        Files.createDirectories(path.toAbsolutePath().getParent());
        FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (file.tryLock() == null) {
                throw new IOException(path + " is in use by another process");
            }
            var text = new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
            String whole = text.substring(0, text.lastIndexOf('\n') + 1);
            file.truncate(whole.getBytes(StandardCharsets.UTF_8).length);
            file.position(file.size());
            Map<String, Measured> finished = new LinkedHashMap<>();
            var log = new SampleLog(file, finished);
            List<String> lines = whole.lines().toList();
            if (lines.isEmpty()) {
                log.write(settings);
            } else {
                refuseOthers(path, parse(path, 1, lines.getFirst(), Settings.class), settings);
                read(path, lines, settings, tasks, finished);
            }
            return log;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static void refuseOthers(Path path, Settings got, Settings expected) {
        if (!got.equals(expected)) {
            throw new IllegalArgumentException("%s was made with other settings; name another --work or delete it%n  there: %s%n  now:   %s"
                    .formatted(path, got, expected));
        }
    }

    private static void read(Path path, List<String> lines, Settings settings, List<Task> tasks, Map<String, Measured> finished) throws IOException {
        Map<String, Task> byId = new LinkedHashMap<>();
        tasks.forEach(task -> byId.put(task.id(), task));
        for (int i = 1; i < lines.size(); i++) {
            Line line = parse(path, i + 1, lines.get(i), Line.class);
            Task task = byId.get(line.id);
            if (task == null) {
                continue;
            }
            if (!sha256(task).equals(line.taskSha256)) {
                throw new IllegalArgumentException("%s, line %d: another task was called %s; name another --work or delete it".formatted(path, i + 1, line.id));
            }
            float[] state = floats(path, i + 1, line.state, settings.hidden);
            finished.put(line.id, new Measured(task, line.accuracy, line.entropy, line.tokens, state));
        }
    }

    private static <T> T parse(Path path, int number, String line, Class<T> type) throws IOException {
        try {
            return JSON.readValue(line, type);
        } catch (JsonProcessingException e) {
            throw new IOException("%s, line %d is damaged: %s".formatted(path, number, e.getOriginalMessage()), e);
        }
    }

    /** By id. */
    Map<String, Measured> finished() {
        return Map.copyOf(finished);
    }

    void append(Measured measured) throws IOException {
        Task task = measured.task();
        write(new Line(task.id(), sha256(task), measured.accuracy(), measured.entropy(), measured.tokens(), encoded(measured.state())));
        finished.put(task.id(), measured);
    }

    private void write(Object line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private static String sha256(Task task) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(Tasks.line(task).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static String encoded(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    private static float[] floats(Path path, int number, String text, int length) throws IOException {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new IOException("%s, line %d is damaged: `state` must be base64".formatted(path, number), e);
        }
        if (bytes.length != length * Float.BYTES) {
            throw new IOException("%s, line %d is damaged: `state` must have %d numbers, got %d bytes".formatted(path, number, length, bytes.length));
        }
        float[] values = new float[length];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }
}
