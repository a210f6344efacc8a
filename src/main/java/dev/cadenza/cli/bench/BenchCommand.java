package dev.cadenza.cli.bench;

import dev.cadenza.engine.torch.MachineLimits;
import dev.cadenza.engine.torch.TorchEngine;
import dev.cadenza.model.store.ModelUnavailable;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the engine, or running servers, on a quiet machine, and prints figures that say where and how they were got. */
@Command(name = "bench", mixinStandardHelpOptions = true, showDefaultValues = true, sortOptions = false,
        subcommands = {StrategiesCommand.class, LoadCommand.class},
        description = "Measures the engine in this process (default), or running servers through their streams (--http, --against).",
        footer = {"", "Every measurement runs between two looks at the machine: threads spin for 50 ms, and if "
                + "more than 2.5 %% of their time is lost to others it is thrown away and repeated. Figures are the median, least and greatest over the "
                + "repetitions. What does not fit into --kv-mib is left out, and said."})
public final class BenchCommand implements Callable<Integer> {
    private static final int PREFILL_BLOCK = 64;
    /** As the server's `cadenza.scheduler.prefill-tokens` is by default. */
    private static final int SERVER_CHUNK = 128;
    static final String DEFAULT_URL = "http://127.0.0.1:8080/v1";

    /** What the engine is measured at. */
    enum Part {
        LIMITS, PREFILL, DECODE, VERIFY
    }

    @Spec
    private CommandSpec spec;

    @Mixin
    private BenchOptions options;

    @Option(names = "--only", paramLabel = "PART", split = ",", description = "Parts to measure: limits (the machine's own), prefill, decode, verify.")
    private List<String> only;

    @Option(names = "--prompts", paramLabel = "N", split = ",", defaultValue = "128,512,2048", description = "Lengths of prompts.")
    private List<Integer> prompts;

    @Option(names = "--chunk", paramLabel = "N", defaultValue = "512", description = "Prompt tokens of one step, a multiple of " + PREFILL_BLOCK + ".")
    private int chunk;

    @Option(names = "--batches", paramLabel = "N", split = ",", defaultValue = "1,4,8,16,32", description = "Sequences that decode at once.")
    private List<Integer> batches;

    @Option(names = "--contexts", paramLabel = "N", split = ",", defaultValue = "128,1024",
            description = "Positions that a decoding sequence attends to.")
    private List<Integer> contexts;

    @Option(names = "--chains", paramLabel = "N", split = ",", defaultValue = "4,8,16,32", description = "Nodes verified in one step.")
    private List<Integer> chains;

    @Option(names = "--http", paramLabel = "URL", arity = "0..1", fallbackValue = DEFAULT_URL,
            description = "Measures the running server at URL (" + DEFAULT_URL + " if none is given).")
    private String http;

    @Option(names = "--against", paramLabel = "URL",
            description = "Measures another server in turn with ours (--http) and prints ratios; above 1 ours is better.")
    private String against;

    @Option(names = "--with-engine", description = "With --http: measures the engine alone in turn as well, and tells what the server adds to it: "
            + "per step the median gap between two texts less the engine's step at the same batch and context, per request the time to the first text "
            + "less the engine's prefill.")
    private boolean withEngine;

    @Option(names = "--clients", paramLabel = "N", split = ",", defaultValue = "1,4,8,16", description = "Clients that stream at once.")
    private List<Integer> clients;

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "64", description = "Tokens asked of each answer.")
    private int tokens;

    @Option(names = "--words", paramLabel = "N", defaultValue = "64", description = "Words that a question lists beside its task.")
    private int words;

    @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "120", description = "How long one answer may take.")
    private int timeoutSeconds;

    @Option(names = "--allow-remote", description = "Lets --http and --against name another machine.")
    private boolean allowRemote;

    @Option(names = "--repetitions", paramLabel = "N", description = "Measurements that count; 7, with --quick 3, if absent.")
    private Integer repetitions;

    private final List<Figure> figures = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Map<String, String> head = new LinkedHashMap<>();

    @Override
    public Integer call() throws Exception {
        check();
        head.putAll(Machine.describe());
        try {
            if (http == null && against == null) {
                measureEngine();
            } else {
                measureServers();
            }
        } catch (ModelUnavailable | IOException e) {
            spec.commandLine().getErr().println("cadenza: " + e.getMessage());
            return 1;
        }
        options.print(new Report(head, List.of(Figure.section(figures)), notes), spec.commandLine().getOut());
        return 0;
    }

    private void check() {
        Arguments given = arguments();
        given.within("--prompts", prompts, 1, 1 << 20);
        given.within("--chunk", List.of(chunk), PREFILL_BLOCK, 1 << 20);
        given.within("--batches", batches, 1, 4_096);
        given.within("--contexts", contexts, 2, 1 << 20);
        given.within("--chains", chains, 1, 4_096);
        given.within("--clients", clients, 1, 1_024);
        given.within("--tokens", List.of(tokens), 2, 8_192);
        given.within("--words", List.of(words), 1, 65_536);
        given.within("--timeout", List.of(timeoutSeconds), 1, 3_600);
        given.within("--repetitions", List.of(repetitions()), 1, 1_000);
        if (chunk % PREFILL_BLOCK != 0) {
            throw given.usage("--chunk must be a multiple of %d, got %d".formatted(PREFILL_BLOCK, chunk));
        }
        if (withEngine && http == null && against == null) {
            throw given.usage("--with-engine needs --http");
        }
        options.check(given);
        parts();
    }

    private Arguments arguments() {
        return new Arguments(spec);
    }

    private List<Part> parts() {
        return only == null ? List.of(Part.values()) : arguments().all(Part.class, "--only", only);
    }

    private int repetitions() {
        return repetitions == null ? options.quick() ? 3 : 7 : repetitions;
    }

    private QuietRuns runs() {
        return QuietRuns.onThisMachine(repetitions(), options.quick());
    }

    /** @param promptChunk prompt tokens of one step */
    private TorchEngine load(int promptChunk) throws IOException {
        TorchEngine engine = options.engine(arguments()).load();
        head.put("engine", engine.kernels());
        head.put("settings", "%s chunk=%d".formatted(options.settings(), promptChunk));
        return engine;
    }

    private StepTimer timer(TorchEngine engine) {
        return new StepTimer(engine::kernelNanos, Duration.ofMillis(options.quick() ? 20 : 250));
    }

    private void measureEngine() throws Exception {
        try (TorchEngine engine = load(chunk)) {
            memory("after load");
            long head = (long) engine.shape().vocabulary() * engine.shape().hidden();
            var cost = new StepCost(engine.weightBytes(), engine.weights() - head, head, engine.shape().bytesPerSlot());
            var bench = new EngineBench(engine, cost, timer(engine), runs(), chunk, this::add, notes::add);
            for (Part part : parts()) {
                switch (part) {
                    case LIMITS -> measureLimits();
                    case PREFILL -> bench.prefill(prompts);
                    case DECODE -> bench.decode(batches, contexts);
                    case VERIFY -> bench.verify(chains);
                }
            }
            memory("at the end");
        }
    }

    private void measureLimits() throws Exception {
        try (var limits = MachineLimits.load(options.threads())) {
            add(runs().measure(limits::readBytesPerSecond).figure("machine", "memory read", "GB/s", value -> value / 1e9));
            add(runs().measure(limits::operationsPerSecond).figure("machine", "float32 products", "GFLOP/s", value -> value / 1e9));
        }
    }

    private void memory(String when) {
        Machine.peakMegabytes().ifPresent(peak -> add(new Figure("memory " + when, "peak resident", "MB", Summary.of(peak), 0, true)));
    }

    private void measureServers() throws Exception {
        Endpoint mine = endpoint("--http", http == null ? DEFAULT_URL : http);
        Endpoint other = against == null ? null : endpoint("--against", against);
        Duration timeout = Duration.ofSeconds(timeoutSeconds);
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(timeout).build();
        try {
            ChatServer ours = ChatServer.connect(client, mine, timeout);
            Optional<ChatServer> peer = other == null ? Optional.empty() : Optional.of(ChatServer.connect(client, other, timeout));
            head.put("ours", ours.model() + " at " + mine.base());
            peer.ifPresent(server -> head.put("peer", server.model() + " at " + server.endpoint().base()));
            head.put("work", "tokens=%d words=%d".formatted(tokens, words));
            if (withEngine) {
                try (TorchEngine engine = load(SERVER_CHUNK)) {
                    measure(ours, peer, Optional.of(new EngineAlone(engine, timer(engine), SERVER_CHUNK)));
                }
            } else {
                measure(ours, peer, Optional.empty());
            }
        } finally {
            client.shutdownNow();
        }
    }

    private void measure(ChatServer ours, Optional<ChatServer> peer, Optional<EngineAlone> engine) throws Exception {
        new HttpBench(ours, peer, engine, runs(), new Questions(words), tokens, this::add, notes::add).run(clients);
    }

    private Endpoint endpoint(String option, String url) {
        try {
            return Endpoint.parse(url, allowRemote);
        } catch (IllegalArgumentException e) {
            throw arguments().usage(option + ": " + e.getMessage());
        }
    }

    /** Shows that something goes on: a bench takes minutes. */
    private void add(Figure figure) {
        figures.add(figure);
        spec.commandLine().getErr().printf("%s, %s: %s %s%n", figure.work(), figure.name(), Table.digits(figure.value().median()), figure.unit());
    }
}
