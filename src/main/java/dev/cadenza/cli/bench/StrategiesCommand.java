package dev.cadenza.cli.bench;

import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.torch.TorchEngine;
import dev.cadenza.model.store.ModelUnavailable;
import dev.cadenza.scheduler.SchedulerSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares decoding strategies with {@code standard}, in this process, through the scheduler that the server has. */
@Command(name = "strategies", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Compares each strategy with `standard` beside it, on the same requests, through the running batch in this process.",
        footer = {"", "speed: every two strategies share a wave of `standard` between them; a ratio is of the tokens in a second, prompts found in the "
                + "prefix cache. Waves run between two looks at the machine, as `bench --help` says. The first round is always measured to its end.",
            "quality: answers to a few questions of each workload, greedy and at temperature 0.7, said again token by token by the full model, which gives "
                + "their perplexity and how often it would have drawn the same token.",
            "skip_law: the time of a step that leaves layers out, beside what the full-depth step foretells.",
            "cntp: tokens and time that trials cost at temperature 0.8, and right answers to questions that have one.",
            "mixed: one batch of eight with all strategies, beside the same requests all by `standard`, and whether each gets what it gets alone."})
public final class StrategiesCommand implements Callable<Integer> {
    private static final int MOST_BATCH = 64;
    private static final Duration ANSWER_LIMIT = Duration.ofMinutes(5);
    private static final List<Integer> SKIP_LAW_BATCHES = List.of(1, 4, 8);
    private static final List<Integer> CNTP_BATCHES = List.of(1, 8);

    /** What is told of the strategies. */
    enum Part {
        SPEED, QUALITY, SKIP_LAW, CNTP, MIXED
    }

    @Spec
    private CommandSpec spec;

    @Mixin
    private BenchOptions options;

    @Option(names = "--only", paramLabel = "PART", split = ",", description = "Parts to measure: speed, quality, skip_law, cntp, mixed; all if absent.")
    private List<String> only;

    @Option(names = "--strategies", paramLabel = "NAME", split = ",",
            description = "Whose speed to compare: drafts, as `decoding.speculative.draft` names them, or strategies at their defaults, as "
                    + "`decoding.strategy` does; prompt_lookup, prediction, suffix, token_recycling, early_exit if absent. What this version or this "
                    + "model does not have is left out, and said.")
    private List<String> strategies;

    @Option(names = "--workloads", paramLabel = "NAME", split = ",",
            description = "copy, code, structured (JSON and tables), chat, unpredictable (random words). All if absent. For speed the first three are "
                    + "greedy, chat has temperature 0.7 and unpredictable 1.8; `prediction` runs on copy only, and predicts the answer with 5 %% of its "
                    + "words changed.")
    private List<String> workloads;

    @Option(names = "--batches", paramLabel = "N", split = ",",
            description = "Requests answered at once, for speed; 1,8,16, with --quick 1,8, if absent.")
    private List<Integer> batches;

    @Option(names = "--tokens", paramLabel = "N", description = "Longest answer; 96, with --quick 48, if absent.")
    private Integer tokens;

    @Option(names = "--questions", paramLabel = "N",
            description = "Questions of each workload for quality, 6, and of each task for cntp, 40; with --quick 1 and 4, if absent.")
    private Integer questions;

    @Option(names = "--seeds", paramLabel = "N", description = "How often each question of a task is asked; 3, with --quick 1, if absent.")
    private Integer seeds;

    @Option(names = "--repetitions", paramLabel = "N", description = "Most pairs of a strategy with `standard`; 9, with --quick 3, if absent.")
    private Integer repetitions;

    @Option(names = "--minutes", paramLabel = "N", description = "When to stop repeating the pairs of speed; 12, with --quick 3, if absent.")
    private Integer minutes;

    private final Map<String, String> head = new LinkedHashMap<>();
    private final List<Section> sections = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        var given = new Arguments(spec);
        List<Part> parts = check(given);
        StrategiesBench.Plan plan = plan(given);
        EngineSource source = options.engine(given);
        head.putAll(Machine.describe());
        try {
            if (!parts.equals(List.of(Part.SKIP_LAW))) {
                SchedulerSettings scheduling = scheduling(plan);
                try (BenchModel model = source.serve(scheduling, this::describe)) {
                    for (Part part : parts) {
                        measure(part, plan, model, scheduling);
                    }
                }
            }
            if (parts.contains(Part.SKIP_LAW)) {
                try (TorchEngine engine = source.load()) {
                    describe(engine);
                    var timer = new StepTimer(engine::kernelNanos, Duration.ofMillis(options.quick() ? 20 : 150));
                    sections.add(SkipLawFigure.section(new SkipLawBench(engine, timer, runs(), this::progress).run(SKIP_LAW_BATCHES)));
                }
            }
        } catch (ModelUnavailable | IOException | KvExhausted e) {
            spec.commandLine().getErr().println("cadenza: " + e.getMessage());
            return 1;
        }
        options.print(new Report(head, sections, notes), spec.commandLine().getOut());
        return 0;
    }

    private void measure(Part part, StrategiesBench.Plan plan, BenchModel model, SchedulerSettings scheduling) throws Exception {
        var client = new SchedulerClient(model.scheduler(), ANSWER_LIMIT);
        switch (part) {
            case SPEED -> sections.add(StrategyFigure.section(new StrategiesBench(model, client, plan, QuietRuns.onThisMachine(1, options.quick()),
                    System::nanoTime, this::progress, notes::add).run()));
            case QUALITY -> {
                List<Setting> settings = Setting.all(model.shape().layers(), plan.tokens());
                var quality = new QualityBench.Plan(settings, plan.workloads(), questions(6, 1), plan.tokens());
                sections.add(QualityFigure.section(new QualityBench(model, client, quality, this::progress, notes::add).run()));
            }
            case CNTP -> {
                var trials = new CntpBench.Plan(Setting.cntp(), CNTP_BATCHES, plan.tokens(), questions(CheckedTask.MOST_QUESTIONS, 4), seeds(),
                        scheduling.maxRunning());
                var bench = new CntpBench(model, client, trials, runs(), this::progress);
                sections.add(CntpCost.section(bench.cost()));
                sections.add(CntpGain.section(bench.gain()));
            }
            case MIXED -> sections.add(MixedFigure.section(new MixedBench(model, client,
                    new MixedBench.Plan(MixedBench.candidates(), plan.tokens()), runs(), this::progress, notes::add).run()));
            case SKIP_LAW -> {
                // On an engine of its own, after this one.
            }
        }
    }

    private List<Part> check(Arguments given) {
        options.check(given);
        given.within("--batches", batches(), 1, MOST_BATCH);
        given.within("--tokens", List.of(tokens()), 2, 4_096);
        given.within("--questions", List.of(questions(1, 1)), 1, CheckedTask.MOST_QUESTIONS);
        given.within("--seeds", List.of(seeds()), 1, 64);
        given.within("--repetitions", List.of(repetitions()), 1, 64);
        given.within("--minutes", List.of(minutes()), 1, 1_440);
        return only == null ? List.of(Part.values()) : given.all(Part.class, "--only", only).stream().distinct().toList();
    }

    private StrategiesBench.Plan plan(Arguments given) {
        List<Candidate> candidates = (strategies == null ? Candidate.NAMES : strategies).stream().map(Candidate::named)
                .filter(candidate -> !candidate.isStandard()).distinct().toList();
        List<Workload> chosen = workloads == null ? List.of(Workload.values())
                : given.all(Workload.class, "--workloads", workloads).stream().distinct().toList();
        List<Integer> sizes = batches().stream().distinct().toList();
        return new StrategiesBench.Plan(candidates, chosen, sizes, tokens(), repetitions(), Duration.ofMinutes(minutes()));
    }

    private static SchedulerSettings scheduling(StrategiesBench.Plan plan) {
        SchedulerSettings defaults = SchedulerSettings.DEFAULTS;
        int running = Math.max(defaults.maxRunning(), Collections.max(plan.batches()));
        return new SchedulerSettings(running, defaults.queueCapacity(), defaults.prefillTokens(), defaults.draftRows(), defaults.initialReservation(),
                defaults.stallLimit(), defaults.readyPoll(), defaults.measuresSteps(), defaults.prefixCache());
    }

    private void describe(TorchEngine engine) {
        head.put("engine", engine.kernels());
        head.put("settings", options.settings());
        head.put("work", "tokens=%d repetitions=%d minutes=%d".formatted(tokens(), repetitions(), minutes()));
    }

    /** Shows that something goes on. */
    private void progress(String line) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(line);
        err.flush();
    }

    private QuietRuns runs() {
        return QuietRuns.onThisMachine(repetitions(), options.quick());
    }

    private List<Integer> batches() {
        return batches != null ? batches : options.quick() ? List.of(1, 8) : List.of(1, 8, 16);
    }

    private int tokens() {
        return tokens != null ? tokens : options.quick() ? 48 : 96;
    }

    private int questions(int usual, int few) {
        return questions != null ? questions : options.quick() ? few : usual;
    }

    private int seeds() {
        return seeds != null ? seeds : options.quick() ? 1 : 3;
    }

    private int repetitions() {
        return repetitions != null ? repetitions : options.quick() ? 3 : 9;
    }

    private int minutes() {
        return minutes != null ? minutes : options.quick() ? 3 : 12;
    }
}
