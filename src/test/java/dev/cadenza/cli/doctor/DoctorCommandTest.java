package dev.cadenza.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cadenza.RealModel;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DoctorCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void aMachineThatCanServeIsHealthyAndItsKernelsAreNamed() throws Exception {
        // given
        RealModel.path();

        // when
        int status = execute("--json");

        // then
        JsonNode diagnosis = new ObjectMapper().readTree(out.toString());
        assertThat(status).as(out.toString()).isZero();
        assertThat(diagnosis.get("healthy").asBoolean()).isTrue();
        assertThat(value(diagnosis, "model", "sha256")).isEqualTo("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53");
        assertThat(value(diagnosis, "engine", "kernels")).contains("decode", "linears");
        assertThat(value(diagnosis, "engine", "key-value memory")).startsWith("46080 bytes a token");
        assertThat(value(diagnosis, "engine", "speed, one look")).contains("tokens/s");
    }

    @Test
    void aDeviceThatTheEngineCannotUseIsExitCodeOneAndSaysSo() {
        int status = execute("--device", "cuda:0", "--no-model");

        assertThat(status).isEqualTo(1);
        assertThat(out.toString()).contains("computes on the processor only in this version", "NOT fit for what was asked");
    }

    @Test
    void aDamagedModelIsExitCodeOneAndNamed(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("damaged.gguf"), "GGUF and no more");

        int status = execute("--model", file.toString());

        assertThat(status).isEqualTo(1);
        assertThat(out.toString()).contains(" X file").contains("not to be had");
    }

    @Test
    void wrongOptionsAreUsageErrorsThatNameWhatIsAllowed() {
        assertThat(execute("--device", "tpu")).isEqualTo(2);
        assertThat(execute("--threads", "0")).isEqualTo(2);
        assertThat(execute("--precision", "half")).isEqualTo(2);
        assertThat(err.toString()).contains("--device must be auto, cpu or cuda:N, got tpu", "--threads must be in [1, 1024], got 0",
                "--precision must be one of fast, float32, got half");
    }

    @Test
    void aVariableThatTheLauncherWouldSetIsMissedAndSecretsStaySecret() {
        var findings = Surroundings.look(Map.of("CADENZA_API_KEY", "sesame", "GOMP_SPINCOUNT", "1000"));

        assertThat(findings).anySatisfy(finding -> {
            assertThat(finding.subject()).isEqualTo("MKL_CBWR");
            assertThat(finding.grade()).isEqualTo(Finding.Grade.WARNING);
        });
        assertThat(findings).anySatisfy(finding -> assertThat(finding.subject()).isEqualTo("CADENZA_API_KEY"));
        assertThat(findings.toString()).doesNotContain("sesame");
    }

    private static String value(JsonNode diagnosis, String section, String subject) {
        return StreamSupport.stream(diagnosis.get("findings").spliterator(), false)
                .filter(finding -> finding.get("section").asText().equals(section) && finding.get("subject").asText().equals(subject))
                .findFirst().orElseThrow().get("value").asText();
    }

    private int execute(String... arguments) {
        var commandLine = new CommandLine(new DoctorCommand());
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }
}
