package dev.cadenza.cli.bench;

import dev.cadenza.engine.torch.EngineSettings;
import dev.cadenza.engine.torch.TorchEngine;
import dev.cadenza.model.store.ModelUnavailable;
import dev.cadenza.scheduler.SchedulerSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares decoding strategies with {@code standard}, in this process, through the scheduler that the server has. */
@Command(name = "strategies", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Compares each strategy with `standard` beside it, on the same requests, through the running batch in this process.",
        footer = {"", "Every two strategies share a wave of `standard` between them; a ratio is of the tokens in a second, prompts found in the "
                + "prefix cache. Waves run between two looks at the machine, as `bench --help` says. The first round is always measured to its end."})
public final class StrategiesCommand implements Callable<Integer> {
    private static final int MOST_BATCH = 64;
    private static final Duration ANSWER_LIMIT = Duration.ofMinutes(5);

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "ID|PATH", description = "The model; the default model if absent.")
    private String model;

    @Option(names = "--precision", paramLabel = "fast|int4|float32", defaultValue = "fast", showDefaultValue = Visibility.ALWAYS,
            description = "Arithmetic of the engine.")
    private String precision;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the engine; all cores, at most 16, if absent.")
    private Integer threads;

    @Option(names = "--kv-mib", paramLabel = "N", defaultValue = "1536", showDefaultValue = Visibility.ALWAYS, description = "KV memory in MiB.")
    private int kvMebibytes;

    @Option(names = "--strategies", paramLabel = "NAME", split = ",",
            description = "Drafts to compare, as `decoding.speculative.draft` names them; prompt_lookup, prediction, suffix, token_recycling, "
                    + "early_exit if absent. What this version or this model does not have is left out, and said.")
    private List<String> strategies;

    @Option(names = "--workloads", paramLabel = "NAME", split = ",",
            description = "copy, code, structured (JSON and tables): greedy; chat: temperature 0.7; unpredictable: random words at 1.8. All "
                    + "if absent. `prediction` runs on copy only, and predicts the answer with 5 %% of its words changed.")
    private List<String> workloads;

    @Option(names = "--batches", paramLabel = "N", split = ",", description = "Requests answered at once; 1,8,16, with --quick 1,8, if absent.")
    private List<Integer> batches;

    @Option(names = "--tokens", paramLabel = "N", description = "Longest answer; 96, with --quick 48, if absent.")
    private Integer tokens;

    @Option(names = "--repetitions", paramLabel = "N", description = "Most pairs of a strategy with `standard`; 9, with --quick 3, if absent.")
    private Integer repetitions;

    @Option(names = "--minutes", paramLabel = "N", description = "When to stop repeating; 12, with --quick 3, if absent.")
    private Integer minutes;

    @Option(names = "--quick", description = "Short answers, few pairs, one retry: shows that all works.")
    private boolean quick;

    @Option(names = "--json", description = "Prints one line of JSON instead of a table.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        var arithmetic = check().one(EngineSettings.Precision.class, "--precision", precision);
        var engine = new EngineSource(Optional.ofNullable(model), new EngineSettings(arithmetic, threads(), (long) kvMebibytes << 20));
        StrategiesBench.Plan plan = plan();
        Map<String, String> head = new LinkedHashMap<>(Machine.describe());
        PrintWriter err = spec.commandLine().getErr();
        StrategyReport report;
        try (BenchModel served = engine.serve(scheduling(plan), loaded -> describe(loaded, plan, head))) {
            report = new StrategiesBench(served, new SchedulerClient(served.scheduler(), ANSWER_LIMIT), plan, QuietRuns.onThisMachine(1, quick),
                    System::nanoTime, line -> {
                        err.println(line);
                        err.flush();
                    }).run(head);
        } catch (ModelUnavailable | IOException e) {
            err.println("cadenza: " + e.getMessage());
            return 1;
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(report.json());
        } else {
            report.table(out);
        }
        return 0;
    }

    private Arguments check() {
        var given = new Arguments(spec);
        given.within("--kv-mib", List.of(kvMebibytes), 1, 1 << 20);
        given.within("--threads", List.of(threads()), 1, 1_024);
        given.within("--batches", batches(), 1, MOST_BATCH);
        given.within("--tokens", List.of(tokens()), 2, 4_096);
        given.within("--repetitions", List.of(repetitions()), 1, 64);
        given.within("--minutes", List.of(minutes()), 1, 1_440);
        return given;
    }

    private StrategiesBench.Plan plan() {
        List<Candidate> candidates = (strategies == null ? Candidate.NAMES : strategies).stream().map(Candidate::new)
                .filter(candidate -> !candidate.isStandard()).distinct().toList();
        List<Workload> chosen = workloads == null ? List.of(Workload.values())
                : new Arguments(spec).all(Workload.class, "--workloads", workloads).stream().distinct().toList();
        List<Integer> sizes = batches().stream().distinct().toList();
        return new StrategiesBench.Plan(candidates, chosen, sizes, tokens(), repetitions(), Duration.ofMinutes(minutes()));
    }

    private static SchedulerSettings scheduling(StrategiesBench.Plan plan) {
        SchedulerSettings defaults = SchedulerSettings.DEFAULTS;
        int running = Math.max(defaults.maxRunning(), Collections.max(plan.batches()));
        return new SchedulerSettings(running, defaults.queueCapacity(), defaults.prefillTokens(), defaults.draftRows(), defaults.initialReservation(),
                defaults.stallLimit(), defaults.readyPoll(), defaults.measuresSteps(), defaults.prefixCache());
    }

    private void describe(TorchEngine engine, StrategiesBench.Plan plan, Map<String, String> head) {
        head.put("engine", engine.kernels());
        head.put("settings", "precision=%s threads=%d kvMiB=%d".formatted(precision, threads(), kvMebibytes));
        head.put("work", "tokens=%d repetitions=%d minutes=%d".formatted(plan.tokens(), plan.rounds(), plan.limit().toMinutes()));
    }

    private int threads() {
        return threads == null ? SpinProbe.cores() : threads;
    }

    private List<Integer> batches() {
        return batches != null ? batches : quick ? List.of(1, 8) : List.of(1, 8, 16);
    }

    private int tokens() {
        return tokens != null ? tokens : quick ? 48 : 96;
    }

    private int repetitions() {
        return repetitions != null ? repetitions : quick ? 3 : 9;
    }

    private int minutes() {
        return minutes != null ? minutes : quick ? 3 : 12;
    }
}
