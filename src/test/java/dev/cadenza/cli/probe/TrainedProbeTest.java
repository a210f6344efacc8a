package dev.cadenza.cli.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.cadenza.decoding.difficulty.Difficulty;
import dev.cadenza.decoding.difficulty.ProbeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainedProbeTest {
    private static final TrainedProbe.Plan PLAN = new TrainedProbe.Plan(0.5, OptionalDouble.empty(), 0.2, 40, 3);

    @TempDir
    private Path folder;

    @Test
    void questionsWhoseStateTellsTheirClassMakeAProbeThatBeatsTheMajority() {
        TrainedProbe trained = train(questions(200, 1), PLAN);

        ProbeReport report = trained.report();
        assertThat(report.rule().beta()).isEqualTo(0.5);
        assertThat(report.labels()).containsExactly(50, 50, 100);
        assertThat(report.majority()).isEqualTo(Difficulty.HARD);
        assertThat(report.heldOut().count()).isEqualTo(40);
        assertThat(report.heldOut().accuracy()).as("seeds 1, 3").isGreaterThan(0.95);
        assertThat(report.always().accuracy()).isEqualTo(0.5);
        assertThat(report.tokens()).isEqualTo(200 * 7);
        assertThat(report.notes()).isEmpty();
        assertThat(report.kinds()).extracting(ProbeReport.KindFigures::kind).containsExactly("can", "cannot");
        assertThat(report.kinds().getFirst().labels()).containsExactly(50, 50, 0);
    }

    @Test
    void twoRunsMakeTheSameFile() throws IOException {
        train(questions(100, 1), PLAN).file().write(folder.resolve("a"));
        train(questions(100, 1), PLAN).file().write(folder.resolve("b"));

        assertThat(folder.resolve("a")).hasSameBinaryContentAs(folder.resolve("b"));
        assertThat(ProbeFile.read(folder.resolve("a")).report()).contains(entry("model", "toy"), entry("questions", 100), entry("epochs", 40))
                .containsKeys("alpha", "beta", "gamma", "labels", "held_out", "kinds");
    }

    @Test
    void reportIsReadableAndTellsTheDuration() {
        String markdown = train(questions(100, 1), PLAN).report().markdown("3 min 05 s");

        assertThat(markdown).contains("- this run took: 3 min 05 s", "| always hard ", "alpha 0.5, beta 0.500 nats (median entropy", "| cannot ");
    }

    @Test
    void classWithFewLabelsIsWarnedOfAndOneThatCannotBeLearnedIsRefused() {
        List<Measured> questions = questions(100, 1);

        assertThat(train(questions, new TrainedProbe.Plan(0.5, OptionalDouble.of(0.05), 0.2, 1, 3)).report().notes())
                .singleElement().asString().startsWith("normal has 2 of 100 labels, less than a tenth");
        assertThatThrownBy(() -> train(questions, new TrainedProbe.Plan(0.5, OptionalDouble.of(0.001), 0.2, 1, 3)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContainingAll("normal has 0 of 100 labels", "--alpha, --beta or --gamma");
    }

    private static TrainedProbe train(List<Measured> questions, TrainedProbe.Plan plan) {
        return TrainedProbe.of(questions, plan, "model", "prompts", Map.of("model", "toy"), _ -> { });
    }

    /** Every other one is beyond the model; of the others the entropies rise evenly from 0 to 1. The state tells accuracy and entropy. */
    private static List<Measured> questions(int count, long seed) {
        var random = new Random(seed);
        List<Measured> questions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean can = i % 2 == 0;
            double entropy = can ? (i / 2 + 1) / (count / 2.0) : 2;
            float[] state = {can ? 1 : -1, entropy > 0.5 ? 3 : -3, (float) random.nextGaussian()};
            var task = new Task("q" + i, can ? "can" : "cannot", "?", null, null);
            questions.add(new Measured(task, List.of(""), can ? 0.9 : 0.1, entropy, 7, state));
        }
        return questions;
    }
}
