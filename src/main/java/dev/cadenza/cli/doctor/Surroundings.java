package dev.cadenza.cli.doctor;

import dev.cadenza.cli.bench.Machine;
import dev.cadenza.cli.doctor.Finding.Section;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What surrounds the process: the Java runtime, the processor, its memory and its environment. Reads, never changes. */
final class Surroundings {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final Path MEM_INFO = Path.of("/proc/meminfo");
    /** Of the processor's flags those that kernels are chosen by. */
    private static final List<String> CAPABILITIES = List.of("avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16",
            "amx_tile", "asimd");
    private static final double LEAST_FREE_MEGABYTES = 1_500;
    /** Variables of others that change what we do, and what for. */
    private static final Map<String, String> KNOWN = new TreeMap<>(Map.of(
            "GOMP_SPINCOUNT", "waiting threads of the kernels give the core away soon, so that other programs do not slow them down",
            "MKL_CBWR", "results do not depend on the alignment of scratch memory, so that attention can run batched and reproducibly",
            "ATEN_CPU_CAPABILITY", "the kernels do without what the processor has beyond it",
            "ONEDNN_MAX_CPU_ISA", "oneDNN does without what the processor has beyond it",
            "OMP_NUM_THREADS", "cadenza.engine.threads decides instead",
            "OMP_PROC_BIND", "binds all threads of the process, Java's too, to one core: unset it",
            "LD_LIBRARY_PATH", "where shared libraries are looked for first",
            "PYTORCH_LIBRARY_PATH", "folder of another libtorch than the bundled one",
            "OPT_OUT_TRACKING", "DJL reports to nobody",
            "RUST_FLAVOR", "the tokenizer looks for no build for graphics cards"));
    private static final Set<String> MORE = Set.of("ENGINE_CACHE_DIR", "DJL_CACHE_DIR", "PYTORCH_FLAVOR", "PYTORCH_VERSION", "HF_ENDPOINT",
            "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS");
    /** Their values are nobody's business. */
    private static final Set<String> SECRET = Set.of("TOKEN", "KEY", "SECRET", "PASSWORD");

    private final Map<String, String> environment;
    private final List<Finding> findings = new ArrayList<>();

    private Surroundings(Map<String, String> environment) {
        this.environment = environment;
    }

    static List<Finding> look(Map<String, String> environment) {
        var surroundings = new Surroundings(environment);
        surroundings.versions();
        surroundings.processor();
        surroundings.memory();
        surroundings.variables();
        return surroundings.findings;
    }

    private void versions() {
        good(Section.VERSIONS, "cadenza", String.valueOf(version()));
        good(Section.VERSIONS, "java", System.getProperty("java.vm.name") + " " + Runtime.version());
        good(Section.VERSIONS, "system", String.join(" ", System.getProperty("os.name"), System.getProperty("os.version"), System.getProperty("os.arch")));
    }

    private static String version() {
        String packaged = Surroundings.class.getPackage().getImplementationVersion();
        return packaged == null ? "unpackaged" : packaged;
    }

    private void processor() {
        good(Section.PROCESSOR, "name", Machine.field(CPU_INFO, "model name").orElse(System.getProperty("os.arch")));
        int cores = Runtime.getRuntime().availableProcessors();
        good(Section.PROCESSOR, "cores", Integer.toString(cores));
        Set<String> flags = flags();
        String known = CAPABILITIES.stream().filter(flags::contains).collect(Collectors.joining(" "));
        if (flags.isEmpty() || flags.contains("avx2") || flags.contains("asimd")) {
            good(Section.PROCESSOR, "capabilities", known.isEmpty() ? "the system does not tell" : known);
        } else {
            findings.add(Finding.warning(Section.PROCESSOR, "capabilities", known, "without AVX2 the kernels are slow, and were never tried"));
        }
    }

    private static Set<String> flags() {
        return Machine.field(CPU_INFO, "flags").or(() -> Machine.field(CPU_INFO, "Features")).map(line -> Set.of(line.split(" "))).orElse(Set.of());
    }

    private void memory() {
        good(Section.MEMORY, "java heap, most", "%d MB".formatted(Runtime.getRuntime().maxMemory() / 1_000_000));
        Machine.field(MEM_INFO, "MemTotal").ifPresent(total -> good(Section.MEMORY, "machine", "%.0f MB".formatted(Machine.megabytes(total))));
        Machine.field(MEM_INFO, "MemAvailable").map(Machine::megabytes).ifPresent(free -> {
            String value = String.format(Locale.ROOT, "%.0f MB", free);
            findings.add(free < LEAST_FREE_MEGABYTES
                    ? Finding.warning(Section.MEMORY, "available", value, "the default model wants about 900 MB, and its KV budget on top")
                    : Finding.good(Section.MEMORY, "available", value));
        });
        if (java.lang.management.ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system) {
            good(Section.MEMORY, "this container or machine", "%d MB".formatted(system.getTotalMemorySize() / 1_000_000));
        }
    }

    private void variables() {
        required("GOMP_SPINCOUNT", "1000");
        required("MKL_CBWR", flags().contains("avx512f") && !"avx2".equals(environment.get("ATEN_CPU_CAPABILITY")) ? "AVX512,STRICT" : "AVX2,STRICT");
        Stream.concat(KNOWN.keySet().stream().filter(name -> !name.equals("GOMP_SPINCOUNT") && !name.equals("MKL_CBWR")),
                environment.keySet().stream().filter(name -> name.startsWith("CADENZA_") || MORE.contains(name)).sorted())
                .filter(environment::containsKey).forEach(this::variable);
    }

    private void required(String name, String usual) {
        String given = environment.get(name);
        if (given == null) {
            findings.add(Finding.warning(Section.ENVIRONMENT, name, "not set",
                    "the launcher sets %s before Java starts: %s".formatted(usual, KNOWN.get(name))));
        } else {
            findings.add(new Finding(Section.ENVIRONMENT, name, given, Finding.Grade.GOOD, KNOWN.get(name)));
        }
    }

    private void variable(String name) {
        boolean secret = SECRET.stream().anyMatch(name::contains);
        String value = secret ? "set" : environment.get(name);
        findings.add(name.equals("OMP_PROC_BIND") && !value.equalsIgnoreCase("false")
                ? Finding.warning(Section.ENVIRONMENT, name, value, KNOWN.get(name))
                : new Finding(Section.ENVIRONMENT, name, value, Finding.Grade.GOOD, KNOWN.getOrDefault(name, "")));
    }

    private void good(Section section, String subject, String value) {
        findings.add(Finding.good(section, subject, value));
    }
}
