package dev.cadenza.decoding.difficulty;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A probe as one JSON object; docs/probe.md has its keys.
 *
 * @param seed   of its training
 * @param report what the training measured, as parsed JSON
 */
public record ProbeFile(Probe probe, long seed, Map<String, Object> report) {
    public static final String FORMAT = "cadenza-probe-1";
    /** The residual state that the probe reads, as {@link dev.cadenza.engine.Want.Tap} of layer {@code layers}. */
    public static final String TAP = "last_layer_before_final_norm";
    private static final int MOST_WIDTH = 1 << 20;
    private static final int MOST_WEIGHTS = 1 << 26;
    private static final JsonMapper JSON = JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    public ProbeFile {
        report = new LinkedHashMap<>(report);
    }

    /**
     * @throws IOException  the file cannot be read
     * @throws InvalidProbe it is no probe of this format; the message begins with the path
     */
    public static ProbeFile read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        try {
            return parse(JSON.readTree(bytes));
        } catch (JsonProcessingException e) {
            throw new InvalidProbe("probe %s: not JSON: %s".formatted(file, e.getOriginalMessage()), e);
        } catch (InvalidProbe e) {
            throw new InvalidProbe("probe %s: %s".formatted(file, e.getMessage()), e);
        }
    }

    /** Replaces the file at once, so that a reader sees the old one or the new one; makes its folder. */
    public void write(Path file) throws IOException {
        Path target = file.toAbsolutePath();
        Files.createDirectories(target.getParent());
        Path fresh = target.resolveSibling(target.getFileName() + ".new");
        Files.writeString(fresh, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json()) + "\n");
        Files.move(fresh, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * Whether the probe fits what is served.
     *
     * @param hidden width of the model's residual state
     * @return the probe
     * @throws InvalidProbe it was trained on another model, other prompts or another width
     */
    public Probe check(String modelSha256, String promptsSha256, int hidden) {
        same("model_sha256", modelSha256, probe.modelSha256(), "it was trained on another model file");
        same("prompts_sha256", promptsSha256, probe.promptsSha256(), "it was trained with another chat template or other class texts");
        same("hidden", hidden, probe.hidden(), "it was trained on a model of another width");
        return probe;
    }

    private static void same(String key, Object expected, Object got, String reason) {
        if (!expected.equals(got)) {
            throw new InvalidProbe("`%s` must be %s, got %s: %s; train anew with `./cadenza probe train`".formatted(key, expected, got, reason));
        }
    }

    private ObjectNode json() {
        ObjectNode json = JSON.createObjectNode();
        json.put("format", FORMAT).put("model_sha256", probe.modelSha256()).put("prompts_sha256", probe.promptsSha256()).put("tap", TAP);
        Difficulty.wireNames().forEach(json.putArray("classes")::add);
        json.put("hidden", probe.hidden()).put("mlp", probe.mlp()).put("seed", seed);
        json.set("report", JSON.valueToTree(report));
        json.putObject("first").put("weights", encoded(probe.firstWeights())).put("bias", encoded(probe.firstBias()));
        json.putObject("second").put("weights", encoded(probe.secondWeights())).put("bias", encoded(probe.secondBias()));
        return json;
    }

    private static ProbeFile parse(JsonNode json) {
        equal(json, "format", FORMAT);
        equal(json, "tap", TAP);
        equal(json, "classes", JSON.valueToTree(Difficulty.wireNames()));
        int hidden = width(json, "hidden");
        int mlp = width(json, "mlp");
        if ((long) hidden * mlp > MOST_WEIGHTS) {
            throw InvalidProbe.key("hidden", "at most %d weights together with `mlp`".formatted(MOST_WEIGHTS), (long) hidden * mlp);
        }
        JsonNode seed = json.path("seed");
        JsonNode report = json.path("report");
        if (!seed.isIntegralNumber() || !seed.canConvertToLong()) {
            throw InvalidProbe.key("seed", "an integer of 64 bits", seed.isMissingNode() ? "nothing" : seed);
        }
        if (!report.isObject()) {
            throw InvalidProbe.key("report", "an object", report.isMissingNode() ? "nothing" : report);
        }
        int classes = Difficulty.values().length;
        var probe = new Probe(text(json, "/model_sha256"), text(json, "/prompts_sha256"), matrix(json, "/first/weights", mlp, hidden),
                vector(json, "/first/bias", mlp), matrix(json, "/second/weights", classes, mlp), vector(json, "/second/bias", classes));
        return new ProbeFile(probe, seed.longValue(), plain(report));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> plain(JsonNode object) {
        return JSON.convertValue(object, Map.class);
    }

    private static void equal(JsonNode json, String key, Object expected) {
        JsonNode got = json.path(key);
        if (!got.equals(JSON.valueToTree(expected))) {
            throw InvalidProbe.key(key, expected, got.isMissingNode() ? "nothing" : got);
        }
    }

    private static int width(JsonNode json, String key) {
        JsonNode width = json.path(key);
        if (!width.canConvertToInt() || !width.isIntegralNumber() || width.intValue() < 1 || width.intValue() > MOST_WIDTH) {
            throw InvalidProbe.key(key, "an integer in [1, %d]".formatted(MOST_WIDTH), width.isMissingNode() ? "nothing" : width);
        }
        return width.intValue();
    }

    private static String text(JsonNode json, String pointer) {
        JsonNode text = json.at(pointer);
        if (!text.isTextual()) {
            throw InvalidProbe.key(key(pointer), "a string", text.isMissingNode() ? "nothing" : text);
        }
        return text.textValue();
    }

    private static String key(String pointer) {
        return pointer.substring(1).replace('/', '.');
    }

    private static float[] vector(JsonNode json, String pointer, int length) {
        String text = text(json, pointer);
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidProbe("`%s` must be base64: %s".formatted(key(pointer), e.getMessage()), e);
        }
        if (bytes.length != length * Float.BYTES) {
            throw InvalidProbe.key(key(pointer), "%d float32 (%d bytes)".formatted(length, length * Float.BYTES), bytes.length + " bytes");
        }
        float[] values = new float[length];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }

    private static float[][] matrix(JsonNode json, String pointer, int height, int width) {
        float[] flat = vector(json, pointer, height * width);
        float[][] rows = new float[height][width];
        for (int row = 0; row < height; row++) {
            System.arraycopy(flat, row * width, rows[row], 0, width);
        }
        return rows;
    }

    private static String encoded(float[]... rows) {
        ByteBuffer bytes = ByteBuffer.allocate(rows.length * rows[0].length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : rows) {
            bytes.asFloatBuffer().put(row);
            bytes.position(bytes.position() + row.length * Float.BYTES);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
