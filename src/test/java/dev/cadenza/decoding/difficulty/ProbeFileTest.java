package dev.cadenza.decoding.difficulty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbeFileTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int HIDDEN = 7;
    private static final int MLP = 5;

    @TempDir
    private Path folder;

    @Test
    void savedProbeIsReadBitForBit() throws IOException {
        Probe probe = random(3);
        Path file = folder.resolve("deeper/probe.json");

        new ProbeFile(probe, -12, Map.of("accuracy", 0.5)).write(file);
        ProbeFile read = ProbeFile.read(file);

        assertThat(read.seed()).isEqualTo(-12);
        assertThat(read.report()).isEqualTo(Map.of("accuracy", 0.5));
        assertThat(read.probe().firstWeights()).isDeepEqualTo(probe.firstWeights());
        assertThat(read.probe().firstBias()).containsExactly(probe.firstBias());
        assertThat(read.probe().secondWeights()).isDeepEqualTo(probe.secondWeights());
        assertThat(read.probe().secondBias()).containsExactly(probe.secondBias());
        float[] state = vector(new Random(1), HIDDEN);
        assertThat(read.probe().probabilities(state)).containsExactly(probe.probabilities(state));
        assertThat(folder.resolve("deeper")).isDirectoryContaining(path -> path.equals(file)).isDirectoryNotContaining(path -> !path.equals(file));
    }

    @Test
    void sameProbeMakesTheSameFile() throws IOException {
        new ProbeFile(random(3), 1, Map.of("accuracy", 0.5)).write(folder.resolve("a"));
        new ProbeFile(random(3), 1, Map.of("accuracy", 0.5)).write(folder.resolve("b"));

        assertThat(folder.resolve("a")).hasSameBinaryContentAs(folder.resolve("b"));
    }

    @Test
    void damagedFilesAreRefusedByKey() throws IOException {
        refused(json -> json.put("format", "cadenza-probe-2"), "`format` must be cadenza-probe-1, got \"cadenza-probe-2\"");
        refused(json -> json.remove("format"), "`format` must be cadenza-probe-1, got nothing");
        refused(json -> json.put("tap", "after_final_norm"), "`tap` must be last_layer_before_final_norm");
        refused(json -> json.putArray("classes").add("normal").add("easy").add("hard"), "`classes` must be [\"easy\",\"normal\",\"hard\"]");
        refused(json -> json.put("hidden", HIDDEN + 1), "`first.weights` must be 40 float32 (160 bytes), got 140 bytes");
        refused(json -> json.put("mlp", 0), "`mlp` must be an integer in [1, 1048576], got 0");
        refused(json -> json.put("hidden", 1 << 20).put("mlp", 1 << 20), "`hidden` must be at most");
        refused(json -> json.put("seed", 1.5), "`seed` must be an integer");
        refused(json -> json.remove("report"), "`report` must be an object");
        refused(json -> json.remove("model_sha256"), "`model_sha256` must be a string, got nothing");
        refused(json -> ((ObjectNode) json.get("second")).put("bias", "?"), "`second.bias` must be base64");
        refused(json -> ((ObjectNode) json.get("second")).put("bias", encoded(1, Float.POSITIVE_INFINITY, 0)),
                "`second.bias[1]` must be finite, got Infinity");
    }

    @Test
    void fileThatIsNoJsonIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("probe.json"), "{\"format\": ");

        assertThatThrownBy(() -> ProbeFile.read(file)).isInstanceOf(InvalidProbe.class).hasMessageStartingWith("probe " + file + ": not JSON");
    }

    @Test
    void probeOfAnotherModelOtherPromptsOrAnotherWidthIsRefused() {
        var file = new ProbeFile(random(3), 1, Map.of());

        assertThatCode(() -> file.check("model", "prompts", HIDDEN)).doesNotThrowAnyException();
        assertThatThrownBy(() -> file.check("other", "prompts", HIDDEN)).isInstanceOf(InvalidProbe.class)
                .hasMessageContainingAll("`model_sha256` must be other, got model", "./cadenza probe train");
        assertThatThrownBy(() -> file.check("model", "other", HIDDEN)).isInstanceOf(InvalidProbe.class)
                .hasMessageContainingAll("`prompts_sha256` must be other, got prompts", "./cadenza probe train");
        assertThatThrownBy(() -> file.check("model", "prompts", 576)).isInstanceOf(InvalidProbe.class)
                .hasMessageContainingAll("`hidden` must be 576, got 7", "./cadenza probe train");
    }

    private void refused(Consumer<ObjectNode> damage, String message) throws IOException {
        Path file = folder.resolve("probe.json");
        new ProbeFile(random(3), 1, Map.of()).write(file);
        ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
        damage.accept(json);
        Files.writeString(file, json.toString());

        assertThatThrownBy(() -> ProbeFile.read(file)).isInstanceOf(InvalidProbe.class).hasMessageStartingWith("probe " + file + ": ")
                .hasMessageContaining(message);
    }

    private static String encoded(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    private static Probe random(long seed) {
        var random = new Random(seed);
        return new Probe("model", "prompts", matrix(random, MLP, HIDDEN), vector(random, MLP), matrix(random, 3, MLP), vector(random, 3));
    }

    private static float[][] matrix(Random random, int height, int width) {
        float[][] rows = new float[height][];
        for (int row = 0; row < height; row++) {
            rows[row] = vector(random, width);
        }
        return rows;
    }

    private static float[] vector(Random random, int width) {
        float[] values = new float[width];
        for (int i = 0; i < width; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
