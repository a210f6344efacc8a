package dev.cadenza.engine.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the native kernels may use of the processor. */
final class Processor {
    private Processor() {
    }

    /** AVX-512 by the system's word, unless the native library is told to do without it. */
    static boolean avx512() {
        String told = System.getenv("ATEN_CPU_CAPABILITY");
        if (told != null) {
            return told.equals("avx512");
        }
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.anyMatch(line -> line.startsWith("flags") && line.contains(" avx512bw") && line.contains(" avx512vl"));
        } catch (IOException notLinux) {
            return false;
        }
    }
}
