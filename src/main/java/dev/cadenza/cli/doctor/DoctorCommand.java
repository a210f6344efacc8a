package dev.cadenza.cli.doctor;

import dev.cadenza.cli.doctor.Finding.Section;
import dev.cadenza.engine.torch.CudaState;
import dev.cadenza.engine.torch.EngineSettings;
import dev.cadenza.model.CorruptCheckpoint;
import dev.cadenza.model.store.ConsoleProgress;
import dev.cadenza.model.store.ModelStore;
import dev.cadenza.model.store.ModelUnavailable;
import dev.cadenza.tokenizer.NativeTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Says whether this machine can serve as asked, and if not what is missing. Exit code 0: it can; 1: it cannot. */
@Command(name = "doctor", mixinStandardHelpOptions = true, showDefaultValues = true,
        description = "Looks at the machine, the environment, the libraries, the model and the kernels; exit code 1 if what is asked for does not work.")
public final class DoctorCommand implements Callable<Integer> {
    private static final Pattern CUDA = Pattern.compile("cuda(?::(\\d{1,3}))?");
    private static final long KV_BYTES = 1L << 30;

    private final Supplier<ModelStore> stores;
    private final List<Finding> findings = new ArrayList<>();

    @Spec
    private CommandSpec spec;

    @Option(names = "--device", paramLabel = "auto|cpu|cuda:N", defaultValue = "auto", description = "Device that is to compute.")
    private String device;

    @Option(names = "--model", paramLabel = "ID|PATH", description = "Model to load; the default model if absent.")
    private String model;

    @Option(names = "--no-model", description = "Looks at all but a model: needs none, and loads the native libraries.")
    private boolean noModel;

    @Option(names = "--precision", paramLabel = "fast|float32", defaultValue = "fast", description = "Form of the weights.")
    private String precision;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the engine; all cores, at most 16, if absent.")
    private Integer threads;

    @Option(names = "--json", description = "Prints one line of JSON instead of a table.")
    private boolean json;

    public DoctorCommand() {
        this(ModelStore::standard);
    }

    DoctorCommand(Supplier<ModelStore> stores) {
        this.stores = stores;
    }

    @Override
    public Integer call() throws IOException {
        OptionalInt cuda = cudaIndex();
        var settings = settings();
        findings.addAll(Surroundings.look(System.getenv()));
        if (librariesLoad(cuda, settings.threads()) && !noModel) {
            checkModel(settings);
        }
        var diagnosis = new Diagnosis(findings);
        if (json) {
            spec.commandLine().getOut().println(diagnosis.json());
        } else {
            diagnosis.table(spec.commandLine().getOut());
        }
        return diagnosis.healthy() ? 0 : 1;
    }

    private OptionalInt cudaIndex() {
        Matcher wanted = CUDA.matcher(device);
        if (wanted.matches()) {
            return OptionalInt.of(wanted.group(1) == null ? 0 : Integer.parseInt(wanted.group(1)));
        }
        if (!device.equals("auto") && !device.equals("cpu")) {
            throw usage("--device must be auto, cpu or cuda:N, got " + device);
        }
        return OptionalInt.empty();
    }

    private EngineSettings settings() {
        int used = threads == null ? EngineSettings.defaultThreads() : threads;
        if (used < 1 || used > 1_024) {
            throw usage("--threads must be in [1, 1024], got " + used);
        }
        for (EngineSettings.Precision known : EngineSettings.Precision.values()) {
            if (known.name().toLowerCase(Locale.ROOT).equals(precision)) {
                return new EngineSettings(known, used, KV_BYTES);
            }
        }
        throw usage("--precision must be one of fast, float32, got " + precision);
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private boolean librariesLoad(OptionalInt cuda, int usedThreads) {
        try {
            NativeTokenizer.load();
            findings.add(Finding.good(Section.LIBRARIES, "tokenizers", "loads"));
            findings.addAll(CudaCheck.of(CudaState.look(cuda.orElse(0), usedThreads), cuda));
            return true;
        } catch (RuntimeException | LinkageError e) {
            findings.add(Finding.bad(Section.LIBRARIES, "native libraries", "do not load", String.valueOf(e.getMessage())));
            return false;
        }
    }

    private void checkModel(EngineSettings settings) throws IOException {
        try {
            ModelStore store = stores.get();
            Path file = store.resolve(model == null ? store.catalogue().defaultModel() : model, ConsoleProgress.standard());
            findings.addAll(EngineCheck.look(file, settings));
        } catch (ModelUnavailable | CorruptCheckpoint e) {
            findings.add(Finding.bad(Section.MODEL, "file", "not to be had", e.getMessage()));
        }
    }
}
