package dev.cadenza.cli.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Where a measurement was made, from what the system tells. */
public final class Machine {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final Path STATUS = Path.of("/proc/self/status");

    private Machine() {
    }

    /** Names and values for the head of a result; the load is the system's average over a minute, negative where it has none. */
    static Map<String, String> describe() {
        var description = new LinkedHashMap<String, String>();
        description.put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        description.put("processor", field(CPU_INFO, "model name").orElse(System.getProperty("os.arch")));
        description.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
        description.put("load", String.format(Locale.ROOT, "%.2f", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
        description.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        description.put("jdk", System.getProperty("java.vm.name") + " " + Runtime.version());
        description.put("environment", "GOMP_SPINCOUNT=%s MKL_CBWR=%s".formatted(System.getenv("GOMP_SPINCOUNT"), System.getenv("MKL_CBWR")));
        return description;
    }

    /** Megabytes (10^6 bytes) of memory that this process held at its peak; empty where the system does not tell. */
    static Optional<Double> peakMegabytes() {
        return field(STATUS, "VmHWM").map(Machine::megabytes);
    }

    /** @param kibibytes as in {@code 123456 kB} */
    public static double megabytes(String kibibytes) {
        return Long.parseLong(kibibytes.substring(0, kibibytes.indexOf(' '))) * 1024 / 1e6;
    }

    /** The first line {@code name : value} of a file of the kernel. */
    public static Optional<String> field(Path file, String name) {
        try {
            return Files.readAllLines(file).stream().filter(line -> line.startsWith(name)).findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip());
        } catch (IOException notThisSystem) {
            return Optional.empty();
        }
    }
}
