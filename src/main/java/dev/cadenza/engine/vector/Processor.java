package dev.cadenza.engine.vector;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What Linux says of the processor. */
final class Processor {
    private static final Path DESCRIPTION = Path.of("/proc/cpuinfo");
    private static final Set<String> CAPABILITIES = capabilities();

    private Processor() {
    }

    /** By Linux' names; elsewhere it has none. */
    static boolean has(Set<String> capabilities) {
        return CAPABILITIES.containsAll(capabilities);
    }

    private static Set<String> capabilities() {
        try (Stream<String> lines = Files.lines(DESCRIPTION)) {
            return lines.filter(line -> line.startsWith("flags")).findFirst().map(line -> Set.copyOf(List.of(line.substring(line.indexOf(':') + 1).strip().split(" "))))
                    .orElse(Set.of());
        } catch (IOException noLinux) {
            return Set.of();
        }
    }
}
