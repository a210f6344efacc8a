package dev.cadenza.cli.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cadenza.decoding.difficulty.Routing;
import dev.cadenza.engine.torch.EngineSettings;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** On the real model. */
class AnswerSamplerTest {
    private static final List<Task> TASKS = TaskGenerator.tasks(9, 1);

    private static AskedModel model;

    @BeforeAll
    static void load() throws Exception {
        model = AskedModel.load(Optional.empty(), new EngineSettings(EngineSettings.Precision.FAST, 2, 256L << 20), Routing.WITHOUT_PROBE);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void measurementDoesNotDependOnWhatIsAskedBesideIt() throws Exception {
        Map<String, Measured> together = ask(TASKS, 1);
        Map<String, Measured> alone = ask(TASKS.subList(4, 5), 1);

        assertThat(together).hasSize(TASKS.size());
        together.values().forEach(measured -> {
            assertThat(measured.accuracy()).isBetween(0.0, 1.0);
            assertThat(measured.entropy()).isPositive();
            assertThat(measured.tokens()).isBetween(3, 3 * 12);
            assertThat(measured.state()).hasSize(model.traits().shape().hidden());
        });
        Measured one = alone.values().iterator().next();
        Measured same = together.get(one.task().id());
        assertThat(same.state()).containsExactly(one.state());
        assertThat(same.accuracy()).isEqualTo(one.accuracy());
        assertThat(same.tokens()).isEqualTo(one.tokens());
        assertThat(same.entropy()).isCloseTo(one.entropy(), within(1e-12));
    }

    @Test
    void anotherSeedDrawsOtherAnswersFromTheSameState() throws Exception {
        Measured first = ask(TASKS.subList(0, 1), 1).values().iterator().next();
        Measured second = ask(TASKS.subList(0, 1), 2).values().iterator().next();

        assertThat(second.state()).containsExactly(first.state());
        assertThat(second.entropy()).isNotEqualTo(first.entropy());
    }

    private static Map<String, Measured> ask(List<Task> tasks, long seed) throws IOException, InterruptedException {
        Map<String, Measured> measured = new HashMap<>();
        new AnswerSampler(model, 3, 0.8f, 12, seed).run(tasks, each -> measured.put(each.task().id(), each));
        return measured;
    }
}
