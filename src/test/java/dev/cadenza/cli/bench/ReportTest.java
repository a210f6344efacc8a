package dev.cadenza.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private final Section section = Figure.section(List.of(new Figure("decode batch 1", "speed", "tokens/s", Summary.of(190, 210, 1_200), 4, true),
            new Figure("prefill 2048", "time", "ms", Summary.of(0.25), 0, false)));
    private final Report report = new Report(Map.of("cores", "2"), List.of(section), List.of("one was left out"));

    @Test
    void tableLinesUpAndMarksWhatWasNotQuiet() {
        // given
        var out = new StringWriter();

        // when
        report.table(new PrintWriter(out));

        // then
        assertThat(out.toString().lines()).containsExactly(
                "cores        2",
                "",
                "|work          |figure|median|  min|  max|unit    |runs|thrown away|         |",
                "|--------------|------|-----:|----:|----:|--------|---:|----------:|---------|",
                "|decode batch 1|speed | 210.0|190.0|1,200|tokens/s|   3|          4|         |",
                "|prefill 2048  |time  | 0.250|0.250|0.250|ms      |   1|          0|not quiet|",
                "",
                "one was left out");
    }

    @Test
    void severalTablesHaveTheirTitles() {
        // given
        var out = new StringWriter();

        // when
        new Report(Map.of(), List.of(section, section), List.of()).table(new PrintWriter(out));

        // then
        assertThat(out.toString().lines()).filteredOn(line -> !line.startsWith("|")).containsExactly("", "Figures", "", "", "Figures", "");
    }

    @Test
    void jsonIsOneLineWithEveryFigure() throws Exception {
        // when
        String line = report.json();

        // then
        var root = new JsonMapper().readTree(line);
        assertThat(line).doesNotContain("\n");
        assertThat(root.at("/head/cores").asText()).isEqualTo("2");
        assertThat(root.at("/figures/0").toString()).isEqualTo("{\"work\":\"decode batch 1\",\"figure\":\"speed\",\"unit\":\"tokens/s\",\"median\":210.0,"
                + "\"min\":190.0,\"max\":1200.0,\"runs\":3,\"thrown_away\":4,\"quiet\":true}");
        assertThat(root.at("/figures/1/quiet").booleanValue()).isFalse();
        assertThat(root.at("/notes/0").asText()).isEqualTo("one was left out");
    }

    @Test
    void systemFilesAreReadByName(@TempDir Path folder) throws Exception {
        // given
        Path status = Files.writeString(folder.resolve("status"), "Name:\tjava\nVmPeak:\t  200 kB\nVmHWM:\t  1000 kB\n");

        // then
        assertThat(Machine.field(status, "VmHWM")).hasValue("1000 kB");
        assertThat(Machine.megabytes("1000 kB")).isEqualTo(1.024);
        assertThat(Machine.field(status, "VmSwap")).isEmpty();
        assertThat(Machine.field(folder.resolve("absent"), "VmHWM")).isEmpty();
    }
}
