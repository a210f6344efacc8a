package dev.cadenza.cli.doctor;

import dev.cadenza.cli.bench.Machine;
import dev.cadenza.cli.bench.ShortBench;
import dev.cadenza.cli.doctor.Finding.Section;
import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.Shape;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.torch.EngineSettings;
import dev.cadenza.engine.torch.TorchEngine;
import dev.cadenza.model.Architecture;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.gguf.GgufCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Loads the model as a server would, which tests the kernels against float32, and has it compute for a moment. */
final class EngineCheck {
    private static final Path STATUS = Path.of("/proc/self/status");

    private EngineCheck() {
    }

    /** Device thread: the caller's. */
    static List<Finding> look(Path file, EngineSettings settings) throws IOException {
        var findings = new ArrayList<Finding>();
        try (Checkpoint checkpoint = GgufCheckpoint.open(file)) {
            Architecture model = checkpoint.architecture();
            findings.add(Finding.good(Section.MODEL, "file", "%s, %d bytes".formatted(file, Files.size(file))));
            findings.add(Finding.good(Section.MODEL, "sha256", checkpoint.sha256()));
            findings.add(Finding.good(Section.MODEL, "architecture", "%s: %d layers, hidden %d, %d heads on %d, vocabulary %d, context %d".formatted(
                    model.name(), model.layers(), model.hidden(), model.heads(), model.kvHeads(), model.vocabulary(), model.context())));
            findings.add(checkpoint.chatTemplate().isPresent() ? Finding.good(Section.MODEL, "chat template", "there")
                    : Finding.bad(Section.MODEL, "chat template", "absent", "chat completions need it"));
            try (TorchEngine engine = TorchEngine.load(checkpoint, settings)) {
                describe(engine, settings, findings);
            } catch (IllegalStateException | StepFailed | KvExhausted e) {
                findings.add(Finding.bad(Section.ENGINE, "start", "failed", e.getMessage()));
            }
        }
        return findings;
    }

    private static void describe(TorchEngine engine, EngineSettings settings, List<Finding> findings) throws StepFailed, KvExhausted {
        findings.add(Finding.good(Section.ENGINE, "device", "cpu, %d threads, %s".formatted(settings.threads(),
                settings.precision().name().toLowerCase(Locale.ROOT))));
        Shape shape = engine.shape();
        String kernels = engine.kernels();
        findings.add(shape.rowInvariant() && kernels.endsWith("batched") ? Finding.good(Section.ENGINE, "kernels", kernels)
                : Finding.warning(Section.ENGINE, "kernels", kernels, "slower, or bytes of an answer may depend on its batch mates"));
        findings.add(Finding.good(Section.ENGINE, "key-value memory", "%d bytes a token, %d tokens in %d MiB".formatted(shape.bytesPerSlot(),
                shape.kvBytes() / shape.bytesPerSlot(), shape.kvBytes() >> 20)));
        ShortBench speed = ShortBench.of(engine);
        findings.add(Finding.good(Section.ENGINE, "speed, one look", String.format(Locale.ROOT,
                "prompt %.0f tokens/s, next token %.1f ms alone and %.1f ms in a batch of %d", speed.promptTokensPerSecond(), speed.aloneMs(),
                speed.batchMs(), ShortBench.BATCH)));
        Machine.field(STATUS, "VmRSS").map(Machine::megabytes).ifPresent(held -> findings.add(
                Finding.good(Section.ENGINE, "resident memory", "%.0f MB".formatted(held))));
    }
}
