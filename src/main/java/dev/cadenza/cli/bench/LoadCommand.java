package dev.cadenza.cli.bench;

import dev.cadenza.cli.bench.ClosedLoop.Stage;
import dev.cadenza.cli.bench.LinePlot.Line;
import dev.cadenza.cli.bench.LinePlot.Panel;
import dev.cadenza.cli.bench.LinePlot.Point;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Loads running servers with clients that ask again as soon as they have their answer. */
@Command(name = "load", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Loads a running server, or two in turn, with clients that ask again as soon as they have their answer.",
        footer = {"", "ramp: the levels of --clients one after the other, each on ours and then on the peer.",
            "mix: the same on ours, requests with each of its strategies in turn.",
            "spike: the least level, the greatest, the least again, --seconds each. soak: the least level for --seconds, told per minute.",
            "A refused client (429, 503) waits as Retry-After says, a second at most. The first seconds of a level (--warm-up) do not count."})
public final class LoadCommand implements Callable<Integer> {
    private static final int DEFAULT_TOKENS = 48;
    private static final double BACK = 1.25;
    private static final double MINUTE = 60;

    /** How the number of clients goes. */
    enum Shape {
        RAMP, MIX, SPIKE, SOAK
    }

    /** A request of each strategy, with parameters that any prompt can have. */
    private static final List<Map<String, Object>> STRATEGIES = List.of(strategy("standard"),
            Map.of("temperature", 0.8, "decoding", Map.of("strategy", "speculative", "speculative", Map.of("draft", "suffix"))),
            Map.of("temperature", 0.8, "decoding", Map.of("strategy", "speculative", "speculative", Map.of("draft", "token_recycling"))),
            strategy("skip_decode"), Map.of("temperature", 0.8, "decoding", Map.of("strategy", "cntp", "cntp", Map.of("max_trials", 4))),
            Map.of("temperature", 0.8, "decoding", Map.of("strategy", "diff_adapt", "diff_adapt", Map.of("class", "normal"))),
            Map.of("temperature", 0, "decoding", Map.of("strategy", "momentum")), strategy("cyclic_reflex"));

    private static Map<String, Object> strategy(String name) {
        return Map.of("temperature", 0.8, "decoding", Map.of("strategy", name));
    }

    @Spec
    private CommandSpec spec;

    @Option(names = "--url", paramLabel = "URL", defaultValue = BenchCommand.DEFAULT_URL, description = "Our server (" + BenchCommand.DEFAULT_URL + ").")
    private String url;

    @Option(names = "--against", paramLabel = "URL", description = "Another server, in turn with ours.")
    private String against;

    @Option(names = "--shape", paramLabel = "ramp|mix|spike|soak", defaultValue = "ramp", description = "How the number of clients goes.")
    private String shape;

    @Option(names = "--clients", paramLabel = "N", split = ",", defaultValue = "1,2,4,8,16,32,48", description = "Clients at once.")
    private List<Integer> clients;

    @Option(names = "--seconds", paramLabel = "N", defaultValue = "15", description = "Of a level, after its warm-up.")
    private int seconds;

    @Option(names = "--warm-up", paramLabel = "N", defaultValue = "3", description = "Seconds at the beginning of a level that do not count.")
    private int warmUp;

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "" + DEFAULT_TOKENS, description = "Tokens asked of each answer.")
    private int tokens;

    @Option(names = "--words", paramLabel = "N", defaultValue = "32", description = "Words that a question lists beside its task.")
    private int words;

    @Option(names = "--pid", paramLabel = "N", description = "Process of our server, whose resident memory is told.")
    private Long pid;

    @Option(names = "--against-pid", paramLabel = "N", description = "Process of the other server.")
    private Long againstPid;

    @Option(names = "--plot", paramLabel = "FILE", description = "Writes an SVG of speed and time to the first text.")
    private Path plot;

    @Option(names = "--json", description = "Prints one line of JSON instead of tables.")
    private boolean json;

    @Option(names = "--allow-remote", description = "Lets the URLs name another machine.")
    private boolean allowRemote;

    private final List<LoadWindow> windows = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private Questions questions() {
        return new Questions(words);
    }

    /** A server under load. */
    private record Target(String name, ChatServer server, Long pid, ClosedLoop loop) {
        OptionalDouble megabytes() {
            return pid == null ? OptionalDouble.empty()
                    : Machine.field(Path.of("/proc/" + pid + "/status"), "VmRSS").stream().mapToDouble(Machine::megabytes).findFirst();
        }
    }

    @Override
    public Integer call() throws Exception {
        var given = new Arguments(spec);
        given.within("--clients", clients, 1, 1_024);
        given.within("--seconds", List.of(seconds), 1, 86_400);
        given.within("--warm-up", List.of(warmUp), 0, 600);
        given.within("--tokens", List.of(tokens), 2, 8_192);
        given.within("--words", List.of(words), 1, 65_536);
        Shape form = given.one(Shape.class, "--shape", shape);
        if (against != null && form != Shape.RAMP) {
            throw given.usage("--against goes with --shape ramp");
        }
        Duration timeout = Duration.ofMinutes(2);
        HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(timeout).build();
        Map<String, String> head = new LinkedHashMap<>(Machine.describe());
        long start = System.nanoTime();
        try {
            List<Target> targets = new ArrayList<>();
            targets.add(target("ours", url, pid, http, timeout, form, given));
            if (against != null) {
                targets.add(target("peer", against, againstPid, http, timeout, form, given));
            }
            targets.forEach(target -> head.put(target.name(), target.server().model() + " at " + target.server().endpoint().base()));
            head.put("work", "shape=%s tokens=%d words=%d seconds=%d warm-up=%d".formatted(shape, tokens, words, seconds, warmUp));
            List<Panel> panels = switch (form) {
                case RAMP, MIX -> ramp(targets);
                case SPIKE -> spike(targets.getFirst());
                case SOAK -> soak(targets.getFirst());
            };
            if (plot != null) {
                Files.writeString(plot, new LinePlot(panels).svg());
            }
        } catch (IOException e) {
            spec.commandLine().getErr().println("cadenza: " + e.getMessage());
            return 1;
        } finally {
            http.shutdownNow();
        }
        double cpu = ProcessHandle.current().info().totalCpuDuration().map(Duration::toNanos).orElse(0L) / (double) (System.nanoTime() - start);
        notes.add("this program took %.2f of a core".formatted(cpu));
        var report = new Report(head, List.of(LoadWindow.section(windows)), notes);
        if (json) {
            spec.commandLine().getOut().println(report.json());
        } else {
            report.table(spec.commandLine().getOut());
        }
        return 0;
    }

    private Target target(String name, String at, Long process, HttpClient http, Duration timeout, Shape form, Arguments given) throws IOException,
            InterruptedException {
        Endpoint endpoint;
        try {
            endpoint = Endpoint.parse(at, allowRemote);
        } catch (IllegalArgumentException e) {
            throw given.usage((name.equals("ours") ? "--url" : "--against") + ": " + e.getMessage());
        }
        ChatServer server = ChatServer.connect(http, endpoint, timeout);
        List<Map<String, Object>> fields = form == Shape.MIX ? STRATEGIES : List.of(Map.of("temperature", 0.8));
        return new Target(name, server, process, new ClosedLoop(server, questions()::next, fields, tokens));
    }

    private void add(LoadWindow window) {
        windows.add(window);
        spec.commandLine().getErr().printf("%s: %s tokens/s, first text p95 %s ms, %d refused, %d errors%n", window.name(), Table.digits(window.speed()),
                Table.digits(window.firstText(0.95)), window.refused(), window.failures());
    }

    private List<Panel> ramp(List<Target> targets) {
        Map<Target, List<LoadWindow>> perTarget = new LinkedHashMap<>();
        targets.forEach(target -> perTarget.put(target, new ArrayList<>()));
        for (int level : clients) {
            for (Target target : targets) {
                ClosedLoop.Log log = target.loop().run(List.of(new Stage(level, Duration.ofSeconds(warmUp + seconds))));
                String name = "%s, %d %s".formatted(target.name(), level, level == 1 ? "client" : "clients");
                LoadWindow window = LoadWindow.of(name, log, warmUp, warmUp + seconds, target.megabytes());
                perTarget.get(target).add(window);
                add(window);
                log.failures().stream().limit(1).forEach(failure -> notes.add(window.name() + ": " + failure.kind()));
            }
        }
        perTarget.forEach((target, of) -> noteSaturation(target.name(), of));
        return List.of(panel("Output", "clients", "tokens/s", perTarget, LoadWindow::speed),
                panel("Time to the first text, p95", "clients", "ms", perTarget, window -> window.firstText(0.95)));
    }

    private void noteSaturation(String name, List<LoadWindow> of) {
        Saturation saturation = Saturation.of(IntStream.range(0, clients.size())
                .mapToObj(i -> new Saturation.Level(clients.get(i), of.get(i).speed())).toList());
        notes.add("%s: saturated from %d clients on, peak %s tokens/s; beyond, up to three times as many clients, %s".formatted(name,
                saturation.clients(), Table.digits(saturation.peak()), saturation.held().isEmpty() ? "not measured"
                        : "at least %.2f of the peak".formatted(saturation.held().getAsDouble())));
    }

    private Panel panel(String title, String across, String up, Map<Target, List<LoadWindow>> perTarget, ToDoubleFunction<LoadWindow> value) {
        return new Panel(title, across, up, perTarget.entrySet().stream().map(entry -> new Line(entry.getKey().name(),
                IntStream.range(0, clients.size()).filter(i -> Double.isFinite(value.applyAsDouble(entry.getValue().get(i))))
                        .mapToObj(i -> new Point(clients.get(i), value.applyAsDouble(entry.getValue().get(i)))).toList())).toList());
    }

    private List<Panel> spike(Target target) {
        int least = clients.stream().mapToInt(level -> level).min().orElseThrow();
        int most = clients.stream().mapToInt(level -> level).max().orElseThrow();
        Duration stage = Duration.ofSeconds(warmUp + seconds);
        ClosedLoop.Log log = target.loop().run(List.of(new Stage(least, stage), new Stage(most, stage), new Stage(least, stage)));
        int span = warmUp + seconds;
        LoadWindow before = LoadWindow.of("before, %d clients".formatted(least), log, warmUp, span, OptionalDouble.empty());
        add(before);
        add(LoadWindow.of("spike, %d clients".formatted(most), log, span, 2.0 * span, OptionalDouble.empty()));
        List<LoadWindow> perSecond = IntStream.range(0, 3 * span).mapToObj(second -> LoadWindow.of("second " + second, log, second, second + 1.0,
                OptionalDouble.empty())).toList();
        int back = 2 * span;
        while (back < 3 * span && !(perSecond.get(back).firstText(0.95) <= BACK * before.firstText(0.95))) {
            back++;
        }
        add(LoadWindow.of("after, %d clients".formatted(least), log, Math.min(back, 3 * span - 1), 3.0 * span, target.megabytes()));
        notes.add(back < 3 * span ? "first texts are back within %.2f of before (p95) %d s after the spike's end".formatted(BACK, back - 2 * span)
                : "first texts did not come back within %.2f of before".formatted(BACK));
        return series(perSecond, "seconds");
    }

    private List<Panel> soak(Target target) {
        int least = clients.stream().mapToInt(level -> level).min().orElseThrow();
        int span = warmUp + seconds;
        int minutes = Math.max(1, (int) (span / MINUTE));
        double[] memory = new double[minutes];
        var watch = Thread.ofVirtual().start(() -> {
            try {
                for (int minute = 0; minute < minutes; minute++) {
                    Thread.sleep(Duration.ofSeconds((long) MINUTE));
                    memory[minute] = target.megabytes().orElse(Double.NaN);
                }
            } catch (InterruptedException over) {
                Thread.currentThread().interrupt();
            }
        });
        ClosedLoop.Log log = target.loop().run(List.of(new Stage(least, Duration.ofSeconds(span))));
        watch.interrupt();
        List<LoadWindow> perMinute = new ArrayList<>();
        for (int minute = 0; minute < minutes; minute++) {
            double end = Math.min((minute + 1) * MINUTE, span);
            perMinute.add(LoadWindow.of("minute %d, %d clients".formatted(minute + 1, least), log, minute * MINUTE, end,
                    memory[minute] > 0 ? OptionalDouble.of(memory[minute]) : OptionalDouble.empty()));
            add(perMinute.getLast());
        }
        if (minutes > 2 && memory[1] > 0 && memory[minutes - 1] > 0) {
            notes.add("memory from minute 2 to the last: %+.0f MB".formatted(memory[minutes - 1] - memory[1]));
        }
        return series(perMinute, "minutes");
    }

    private static List<Panel> series(List<LoadWindow> of, String across) {
        return List.of(line("Output", across, "tokens/s", of, LoadWindow::speed),
                line("Time to the first text, p95", across, "ms", of, window -> window.firstText(0.95)));
    }

    private static Panel line(String title, String across, String up, List<LoadWindow> of, ToDoubleFunction<LoadWindow> value) {
        return new Panel(title, across, up, List.of(new Line("ours", IntStream.range(0, of.size()).filter(i -> Double.isFinite(value.applyAsDouble(of.get(i))))
                .mapToObj(i -> new Point(i, value.applyAsDouble(of.get(i)))).toList())));
    }
}
