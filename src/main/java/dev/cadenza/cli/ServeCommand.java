package dev.cadenza.cli;

import dev.cadenza.engine.torch.NativeLibraries;
import dev.cadenza.engine.vector.VectorDecoder;
import dev.cadenza.tokenizer.NativeTokenizer;
import io.quarkus.runtime.Quarkus;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Starts the HTTP server and blocks until it is told to stop. Options become configuration that outranks files and environment. */
@Command(name = ServeCommand.NAME, description = "Serves a model over the OpenAI API.", mixinStandardHelpOptions = true, showDefaultValues = true)
final class ServeCommand implements Callable<Integer> {
    static final String NAME = "serve";
    private static final int FAILED = 1;
    private static final String FLOAT32 = "float32";
    private static final Duration NATIVES_LIMIT = Duration.ofSeconds(10);
    private static final System.Logger LOG = System.getLogger(ServeCommand.class.getName());

    /** Beside the HTTP server's start, which takes a core: so does what the engine needs before it knows its model. */
    private final Thread natives = Thread.ofPlatform().name("native-libraries").daemon().unstarted(this::loadNatives);

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "ID|PATH", description = "Catalogue name of the model, or a checkpoint on disk.")
    private String model;

    @Option(names = "--draft-model", paramLabel = "ID|PATH",
            description = "A second, smaller model with the same tokens, which drafts where a request asks for it.")
    private String draftModel;

    @Option(names = "--port", paramLabel = "N", defaultValue = "8080", description = "Port to listen on.")
    private int port;

    @Option(names = "--host", paramLabel = "ADDRESS", defaultValue = "127.0.0.1", description = "Address to listen on; 0.0.0.0: all.")
    private String host;

    @Option(names = "--device", paramLabel = "auto|cpu", description = "Device to compute on.")
    private String device;

    @Option(names = "--precision", paramLabel = "fast|float32",
            description = "Form of the weights: what this processor computes fastest, or exact.")
    private String precision;

    @Option(names = "--config", paramLabel = "FILE", description = "Further configuration, as in config/application.yaml.")
    private Path config;

    @Override
    public Integer call() {
        configure();
        boolean rehearsal = Boolean.getBoolean(Rehearsal.PROPERTY);
        if (rehearsal) {
            set("quarkus.http.host", "127.0.0.1");
            set("quarkus.http.port", "0");
        } else if (!free(host, port)) {
            spec.commandLine().getErr().printf("cadenza: cannot listen on %s:%d: the port is in use or the address is not this machine's.%n", host, port);
            return FAILED;
        }
        linkFirst();
        natives.start();
        new StopSignals(this::awaitNatives).listen();
        Quarkus.run(null, this::exit);
        return 0;
    }

    /**
     * While a library is loaded, which takes libtorch half a second, the system's linker lets no native method be linked, and Quarkus would stand still
     * at the first that it calls.
     */
    private static void linkFirst() {
        new WeakReference<>(new Object()).clear();
        System.console();
        try (Selector selector = Selector.open()) {
            selector.wakeup().selectNow();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "event=not_linked_ahead: the server will say why it has no selector", e);
        }
    }

    private void loadNatives() {
        boolean ownCode = !FLOAT32.equals(precision) && VectorDecoder.hasOwnCode();
        try {
            NativeTokenizer.load();
            if (!ownCode) {
                NativeLibraries.load();
            }
        } catch (RuntimeException | LinkageError e) {
            LOG.log(System.Logger.Level.DEBUG, "event=natives_not_ahead: the engine tries again and reports it", e);
        }
        if (ownCode) {
            Thread.ofPlatform().name("warm-up").daemon().start(VectorDecoder::warmUp);
        }
    }

    /** Halting, since by then everything is closed, and a hook that waits would hide that. */
    private void exit(int code, Throwable problem) {
        if (problem != null) {
            Throwable cause = problem;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            spec.commandLine().getErr().printf("cadenza: cannot start: %s%n", cause.getMessage());
            spec.commandLine().getErr().flush();
        }
        awaitNatives();
        Runtime.getRuntime().halt(code);
    }

    /** A process that ends while a library is being loaded may crash, which would hide the exit code. */
    private void awaitNatives() {
        try {
            natives.join(NATIVES_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void configure() {
        set("quarkus.http.host", host);
        set("quarkus.http.port", Integer.toString(port));
        if (model != null) {
            set(Files.exists(Path.of(model)) ? "cadenza.model.path" : "cadenza.model.id", model);
        }
        if (draftModel != null) {
            set(Files.exists(Path.of(draftModel)) ? "cadenza.decoding.draft-model.path" : "cadenza.decoding.draft-model.id", draftModel);
        }
        set("cadenza.engine.device", chosen("--device", device, "auto", "cpu"));
        set("cadenza.engine.precision", chosen("--precision", precision, "fast", FLOAT32));
        if (config != null && !Files.isReadable(config)) {
            throw new ParameterException(spec.commandLine(), "--config: cannot read " + config);
        }
        String locations = Stream.concat(Stream.ofNullable(config), installed()).map(file -> file.toAbsolutePath().toUri().toString())
                .collect(Collectors.joining(","));
        set("smallrye.config.locations", locations.isEmpty() ? null : locations);
    }

    /** The program's own configuration file, which is found by itself only when the program is started in its folder. */
    private static Stream<Path> installed() {
        return Stream.ofNullable(System.getProperty("cadenza.home")).map(home -> Path.of(home, "config", "application.yaml"))
                .filter(file -> Files.isReadable(file) && !file.equals(Path.of("config", "application.yaml").toAbsolutePath()));
    }

    private String chosen(String option, String given, String... allowed) {
        for (String value : allowed) {
            if (given == null || given.equals(value)) {
                return given;
            }
        }
        throw new ParameterException(spec.commandLine(), "%s must be one of %s in this version, got %s".formatted(option, String.join(", ", allowed), given));
    }

    private static void set(String key, String value) {
        if (value != null) {
            System.setProperty(key, value);
        }
    }

    private static boolean free(String host, int port) {
        try (var probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(host, port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
