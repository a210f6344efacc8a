package dev.cadenza.engine.vector;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What Linux says of the processor, less what is not to be used. */
final class Processor {
    private static final Path DESCRIPTION = Path.of("/proc/cpuinfo");
    /** Libtorch's word for which capabilities may be used; all, where it is not set. */
    private static final String LIMIT = System.getenv("ATEN_CPU_CAPABILITY");
    private static final Set<String> CAPABILITIES = capabilities();
    private static final Set<String> DOT_PRODUCTS = Set.of("avx512f", "avx512vl", "avx512_vnni");

    private Processor() {
    }

    /** By Linux' names; elsewhere it has none. */
    static boolean has(Set<String> capabilities) {
        return CAPABILITIES.containsAll(capabilities);
    }

    /** Whether AVX-512's products of integers may be used, in registers of 64 bytes or 32. */
    static boolean hasDotProducts() {
        return has(DOT_PRODUCTS);
    }

    private static Set<String> capabilities() {
        try (Stream<String> lines = Files.lines(DESCRIPTION)) {
            Stream<String> flags = lines.filter(line -> line.startsWith("flags")).findFirst().stream()
                    .flatMap(line -> Stream.of(line.substring(line.indexOf(':') + 1).strip().split(" ")));
            return flags.filter(Processor::mayBeUsed).collect(Collectors.toUnmodifiableSet());
        } catch (IOException noLinux) {
            return Set.of();
        }
    }

    private static boolean mayBeUsed(String capability) {
        return switch (LIMIT) {
            case null -> true;
            case "avx512" -> true;
            case "avx2" -> !capability.startsWith("avx512");
            default -> !capability.startsWith("avx");
        };
    }
}
