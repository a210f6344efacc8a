package dev.cadenza.cli.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.difficulty.Difficulty;
import dev.cadenza.decoding.difficulty.Probe;
import dev.cadenza.decoding.difficulty.ProbeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbeTrainingTest {
    private static final int HIDDEN = 24;

    @TempDir
    private Path folder;

    @Test
    void separableStatesAreToldApartOnExamplesNeverSeen() {
        var epochs = new AtomicInteger();

        Probe probe = new ProbeTraining(30, 1).train(clusters(300, 11), epochs::set, "model", "prompts");

        assertThat(Confusion.of(clusters(300, 12), probe).accuracy()).as("seeds 1, 11, 12").isGreaterThan(0.95);
        assertThat(epochs).hasValue(30);
        assertThat(probe.mlp()).isEqualTo(ProbeTraining.MLP);
    }

    @Test
    void sameSeedMakesTheSameFileAndAnotherSeedAnotherOne() throws IOException {
        train(5, 1, "a");
        train(5, 1, "b");
        train(5, 2, "c");

        assertThat(folder.resolve("a")).hasSameBinaryContentAs(folder.resolve("b"));
        assertThat(ProbeFile.read(folder.resolve("a")).probe().firstWeights()).isNotEqualTo(ProbeFile.read(folder.resolve("c")).probe().firstWeights());
    }

    private void train(int epochs, long seed, String name) throws IOException {
        Probe probe = new ProbeTraining(epochs, seed).train(clusters(90, 3), _ -> { }, "model", "prompts");
        new ProbeFile(probe, 1, Map.of()).write(folder.resolve(name));
        float[] state = clusters(1, 5).getFirst().state();
        assertThat(ProbeFile.read(folder.resolve(name)).probe().probabilities(state)).containsExactly(probe.probabilities(state));
    }

    /** Three clouds around corners of their own, whose numbers have very different sizes and lie far from zero. */
    private static List<Example> clusters(int count, long seed) {
        var random = new Random(seed);
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Difficulty label = Difficulty.values()[i % 3];
            float[] state = new float[HIDDEN];
            for (int at = 0; at < HIDDEN; at++) {
                double size = Math.pow(10, at % 4 - 1);
                double centre = at % 3 == label.ordinal() ? 1.5 : 0;
                state[at] = (float) (size * (centre + random.nextGaussian()) + 50);
            }
            examples.add(new Example(state, label));
        }
        return examples;
    }
}
