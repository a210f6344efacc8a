package dev.cadenza.cli.probe;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cadenza.cli.bench.Arguments;
import dev.cadenza.decoding.difficulty.Difficulty;
import dev.cadenza.decoding.difficulty.Routing;
import dev.cadenza.engine.torch.EngineSettings;
import dev.cadenza.model.store.ModelUnavailable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a probe on the model in this process. */
@Command(name = "train", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Lets the model answer each task many times, labels the tasks by how often it is right and how sure, and trains the probe.",
        footer = {"", "Finished tasks are kept in --work: after an interruption the same command goes on. docs/probe.md tells the rest."})
final class TrainCommand implements Callable<Integer> {
    private static final int MOST_THREADS = 16;
    private static final long KV_BYTES = 1L << 30;
    private static final JsonMapper JSON = new JsonMapper();
    private static final String ENDING = ".json";

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "ID|PATH", description = "The model; the default model if absent.")
    private String model;

    @Option(names = "--tasks", paramLabel = "FILE.jsonl", description = "Own tasks, a JSON object a line; those of `probe tasks` if absent.")
    private Path tasksFile;

    @Option(names = "--questions", paramLabel = "N", description = "How many; all of --tasks, or " + TasksCommand.DEFAULT_QUESTIONS + ", if absent.")
    private Integer questions;

    @Option(names = "--samples", paramLabel = "N", defaultValue = "10", showDefaultValue = Visibility.ALWAYS, description = "Answers to each.")
    private int samples;

    @Option(names = "--temperature", paramLabel = "T", defaultValue = "0.8", showDefaultValue = Visibility.ALWAYS, description = "Of the answers.")
    private double temperature;

    @Option(names = "--max-tokens", paramLabel = "N", defaultValue = "48", showDefaultValue = Visibility.ALWAYS, description = "Longest answer.")
    private int maxTokens;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", showDefaultValue = Visibility.ALWAYS,
            description = "Of generated tasks, answers, split and training.")
    private long seed;

    @Option(names = "--alpha", paramLabel = "A", defaultValue = "0.4", showDefaultValue = Visibility.ALWAYS,
            description = "Accuracy from which on a question is normal, if the model is sure.")
    private double alpha;

    @Option(names = "--beta", paramLabel = "NATS", description = "Entropy up to which the model is sure; the median of the questions with "
            + "an accuracy of --alpha or more if absent.")
    private Double beta;

    @Option(names = "--gamma", paramLabel = "C", defaultValue = "0.2", showDefaultValue = Visibility.ALWAYS,
            description = "Accuracy below which a question is hard.")
    private double gamma;

    @Option(names = "--epochs", paramLabel = "N", defaultValue = "100", showDefaultValue = Visibility.ALWAYS, description = "Of the training.")
    private int epochs;

    @Option(names = "--easy-text", paramLabel = "TEXT",
            description = "Text of the class, where cadenza.decoding.diff-adapt has another than by default.")
    private String easyText;

    @Option(names = "--normal-text", paramLabel = "TEXT", description = "Likewise.")
    private String normalText;

    @Option(names = "--hard-text", paramLabel = "TEXT", description = "Likewise.")
    private String hardText;

    @Option(names = "--precision", paramLabel = "fast|float32", defaultValue = "fast", showDefaultValue = Visibility.ALWAYS,
            description = "Arithmetic of the engine.")
    private String precision;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the engine; all cores, at most 16, if absent.")
    private Integer threads;

    @Option(names = "--work", paramLabel = "DIR", description = "Where finished tasks are kept; probes/MODEL in the cache folder if absent.")
    private Path work;

    @Option(names = "--out", paramLabel = "FILE", description = "The probe; config/probes/MODEL.json if absent. Its report is written beside it.")
    private Path out;

    @Option(names = "--json", description = "Prints the report as one line of JSON.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        check();
        long start = System.nanoTime();
        List<Task> tasks = tasks();
        var plan = new TrainedProbe.Plan(alpha, beta == null ? OptionalDouble.empty() : OptionalDouble.of(beta), gamma, epochs, seed);
        try {
            Asked asked = ask(tasks);
            CountProgress progress = CountProgress.standard("training, epochs", 0, epochs);
            TrainedProbe trained = TrainedProbe.of(asked.questions, plan, asked.answers.modelSha256(), asked.answers.promptsSha256(),
                    asked.described(), progress::reached);
            Path file = out == null ? home().resolve("config").resolve("probes").resolve(asked.model + ENDING) : out;
            write(trained, file, Duration.ofNanos(System.nanoTime() - start));
            return 0;
        } catch (ModelUnavailable | IOException | IllegalArgumentException e) {
            spec.commandLine().getErr().println("cadenza: " + e.getMessage());
            return 1;
        }
    }

    /** @param questions in the order of the tasks */
    private record Asked(String model, SampleLog.Settings answers, List<Measured> questions) {
        Map<String, Object> described() {
            Map<String, Object> settings = new LinkedHashMap<>();
            settings.put("model", model);
            settings.put("precision", answers.precision());
            settings.put("samples", answers.samples());
            settings.put("temperature", answers.temperature());
            settings.put("max_tokens", answers.maxTokens());
            settings.put("seed", answers.seed());
            return settings;
        }
    }

    private Asked ask(List<Task> tasks) throws IOException, InterruptedException {
        var arithmetic = new Arguments(spec).one(EngineSettings.Precision.class, "--precision", precision);
        try (AskedModel asked = AskedModel.load(Optional.ofNullable(model), new EngineSettings(arithmetic, threads(), KV_BYTES), routing())) {
            var settings = new SampleLog.Settings(asked.sha256(), asked.promptsSha256(), precision, asked.traits().shape().hidden(), samples,
                    temperature, maxTokens, seed);
            Path folder = work == null ? cache().resolve("probes").resolve(asked.id()) : work;
            try (SampleLog log = SampleLog.open(folder.resolve("samples.jsonl"), settings, tasks)) {
                List<Task> rest = tasks.stream().filter(task -> !log.finished().containsKey(task.id())).toList();
                CountProgress progress = CountProgress.standard("questions answered", tasks.size() - rest.size(), tasks.size());
                new AnswerSampler(asked, samples, (float) temperature, maxTokens, seed).run(rest, measured -> {
                    log.append(measured);
                    progress.reached(log.finished().size());
                });
                Map<String, Measured> finished = log.finished();
                return new Asked(asked.id(), settings, tasks.stream().map(task -> finished.get(task.id())).toList());
            }
        }
    }

    private void write(TrainedProbe trained, Path file, Duration took) throws IOException {
        trained.file().write(file);
        String markdown = trained.report().markdown("%d min %02d s".formatted(took.toMinutes(), took.toSecondsPart()));
        String name = file.getFileName().toString();
        Path report = file.resolveSibling((name.endsWith(ENDING) ? name.substring(0, name.length() - ENDING.length()) : name) + ".report.md");
        Files.writeString(report, markdown);
        PrintWriter printed = spec.commandLine().getOut();
        if (json) {
            Map<String, Object> all = new LinkedHashMap<>(trained.report().json());
            all.put("seconds", took.toMillis() / 1e3);
            all.put("probe", file.toString());
            printed.println(JSON.writeValueAsString(all));
        } else {
            printed.println(markdown);
            printed.println(file);
        }
        printed.flush();
    }

    private void check() {
        var given = new Arguments(spec);
        given.within("--samples", List.of(samples), 1, 100);
        given.within("--max-tokens", List.of(maxTokens), 1, 4_096);
        given.within("--epochs", List.of(epochs), 1, 100_000);
        given.within("--threads", List.of(threads()), 1, 1_024);
        given.one(EngineSettings.Precision.class, "--precision", precision);
        range(given, "--temperature", temperature, Math.nextUp(0.0), 2);
        range(given, "--alpha", alpha, 0, 1);
        range(given, "--gamma", gamma, 0, 1);
        if (beta != null) {
            range(given, "--beta", beta, 0, 100);
        }
        if (gamma > alpha) {
            throw given.usage("--gamma must be at most --alpha %s, got %s".formatted(alpha, gamma));
        }
    }

    private static void range(Arguments given, String option, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw given.usage("%s must be %s and at most %s, got %s".formatted(option, least == 0 ? "at least 0" : "above 0", most, value));
        }
    }

    private List<Task> tasks() {
        var given = new Arguments(spec);
        if (tasksFile == null) {
            int count = questions == null ? TasksCommand.DEFAULT_QUESTIONS : questions;
            given.within("--questions", List.of(count), 1, TaskGenerator.MOST);
            return TaskGenerator.tasks(count, seed);
        }
        try {
            List<Task> all = Tasks.read(tasksFile);
            if (questions != null) {
                given.within("--questions", List.of(questions), 1, all.size());
                return all.subList(0, questions);
            }
            return all;
        } catch (IOException e) {
            throw given.usage("--tasks: cannot read " + e.getMessage());
        } catch (IllegalArgumentException e) {
            throw given.usage("--tasks: " + e.getMessage());
        }
    }

    private Routing routing() {
        List<Routing.Setting> settings = new ArrayList<>(Routing.SETTINGS);
        String[] texts = {easyText, normalText, hardText};
        for (Difficulty difficulty : Difficulty.values()) {
            Routing.Setting own = settings.get(difficulty.ordinal());
            String text = Optional.ofNullable(texts[difficulty.ordinal()]).orElse(own.text());
            settings.set(difficulty.ordinal(), new Routing.Setting(text, own.temperature(), own.budget()));
        }
        return new Routing(settings, null, 0, true);
    }

    private int threads() {
        return threads == null ? Math.min(Runtime.getRuntime().availableProcessors(), MOST_THREADS) : threads;
    }

    private static Path home() {
        return Path.of(System.getProperty("cadenza.home", ""));
    }

    /** As the model store's. */
    private static Path cache() {
        return Optional.ofNullable(System.getenv("CADENZA_HOME")).filter(folder -> !folder.isBlank()).map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache", "cadenza"));
    }
}
