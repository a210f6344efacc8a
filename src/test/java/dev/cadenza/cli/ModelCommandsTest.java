package dev.cadenza.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.RealModel;
import dev.cadenza.model.store.ModelStore;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ModelCommandsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void pullWithoutArgumentPrintsTheDefaultModelsPath() {
        // when
        int status = execute(new PullCommand());

        // then
        assertThat(status).isZero();
        assertThat(out).hasToString(RealModel.path() + System.lineSeparator());
    }

    @Test
    void pullOfAnUnknownModelFailsInOneParagraph() {
        // when
        int status = execute(new PullCommand(), "absent-model");

        // then
        assertThat(status).isEqualTo(1);
        assertThat(err.toString().lines()).singleElement().asString()
                .startsWith("cadenza: no model absent-model: neither a file nor one of smollm2-135m-instruct");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void surplusArgumentsAreAUsageError() {
        assertThat(execute(new PullCommand(), "a", "b")).isEqualTo(2);
        assertThat(execute(new ModelsCommand(), "a")).isEqualTo(2);
        assertThat(err.toString()).contains("Usage: pull", "Usage: models");
    }

    @Test
    void modelsAreATable() {
        // given
        var file = RealModel.path();

        // when
        int status = execute(new ModelsCommand(ModelStore::standard));

        // then
        assertThat(status).isZero();
        var lines = out.toString().lines().toList();
        assertThat(lines.getFirst()).matches("ID +SIZE +CACHED +LICENSE +PATH +DESCRIPTION");
        assertThat(lines.get(1)).contains("smollm2-135m-instruct", "98.4 MB", "  yes  ", "apache-2.0", file.toString());
    }

    private int execute(Object command, String... arguments) {
        return new CommandLine(command).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(arguments);
    }
}
