package dev.cadenza.cli.bench;

import dev.cadenza.engine.torch.EngineSettings;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** What every bench lets the user choose: the engine, how thorough, in which form. */
final class BenchOptions {
    @Option(names = "--model", paramLabel = "ID|PATH", description = "Model of the engine; the default model if absent.")
    private String model;

    @Option(names = "--precision", paramLabel = "fast|float32", defaultValue = "fast", showDefaultValue = Visibility.ALWAYS,
            description = "Arithmetic of the engine.")
    private String precision;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the engine; all cores, at most 16, if absent.")
    private Integer threads;

    @Option(names = "--kv-mib", paramLabel = "N", defaultValue = "1536", showDefaultValue = Visibility.ALWAYS,
            description = "KV memory of the engine in MiB.")
    private int kvMebibytes;

    @Option(names = "--quick", description = "Short and few measurements, one retry: shows that all works.")
    private boolean quick;

    @Option(names = "--json", description = "Prints one line of JSON instead of tables.")
    private boolean json;

    void check(Arguments given) {
        given.within("--kv-mib", List.of(kvMebibytes), 1, 1 << 20);
        given.within("--threads", List.of(threads()), 1, 1_024);
        given.one(EngineSettings.Precision.class, "--precision", precision);
    }

    boolean quick() {
        return quick;
    }

    int threads() {
        return threads == null ? SpinProbe.cores() : threads;
    }

    /** The engine that they name, once they are checked. */
    EngineSource engine(Arguments given) {
        var arithmetic = given.one(EngineSettings.Precision.class, "--precision", precision);
        return new EngineSource(Optional.ofNullable(model), new EngineSettings(arithmetic, threads(), (long) kvMebibytes << 20));
    }

    /** For a result's head. */
    String settings() {
        return "precision=%s threads=%d kvMiB=%d".formatted(precision, threads(), kvMebibytes);
    }

    void print(Report report, PrintWriter out) {
        if (json) {
            out.println(report.json());
        } else {
            report.table(out);
        }
    }
}
