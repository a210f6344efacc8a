package dev.cadenza.cli;

import dev.cadenza.api.CadenzaConfig;
import dev.cadenza.api.ConfiguredStrategies;
import dev.cadenza.api.ModelLoader;
import dev.cadenza.api.ServedModel;
import dev.cadenza.chat.ChatPrompt;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.difficulty.InvalidProbe;
import dev.cadenza.decoding.difficulty.Probe;
import dev.cadenza.decoding.difficulty.ProbeFile;
import dev.cadenza.decoding.difficulty.Routing;
import dev.cadenza.engine.torch.EngineSettings;
import dev.cadenza.engine.torch.TorchEngine;
import dev.cadenza.engine.vector.DecoderWeights;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.CorruptCheckpoint;
import dev.cadenza.model.gguf.GgufCheckpoint;
import dev.cadenza.model.store.ConsoleProgress;
import dev.cadenza.model.store.DerivedFile;
import dev.cadenza.model.store.DerivedFolder;
import dev.cadenza.model.store.FoundFile;
import dev.cadenza.model.store.ModelStore;
import dev.cadenza.scheduler.ContinuousBatchingScheduler;
import dev.cadenza.scheduler.EngineFailure;
import dev.cadenza.scheduler.SchedulerSettings;
import dev.cadenza.tokenizer.Tokenizer;
import dev.cadenza.tokenizer.TokenizerSpec;
import io.quarkus.runtime.configuration.MemorySize;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Makes the served model: file from the store, tokenizer and template from the file, engine and device thread around its weights. */
@Singleton
final class StoredModelLoader implements ModelLoader {
    private static final Logger LOG = Logger.getLogger(StoredModelLoader.class);
    private static final String NO_PROBE = "none";

    private final CadenzaConfig config;

    StoredModelLoader(CadenzaConfig config) {
        this.config = config;
    }

    @Override
    public ServedModel load() throws Exception {
        String wanted = config.model().path().orElse(config.model().id());
        var store = ModelStore.standard();
        DerivedFolder derived = store.packedFolder(config.model().packedLimit().asLongValue());
        Path file = store.resolve(wanted, ConsoleProgress.standard());
        // The weights are copied by the engine, so that the mapping may go.
        try (Opened model = Opened.of(store.found(file)); Opened draft = draft(store, model.checkpoint)) {
            Checkpoint checkpoint = model.checkpoint;
            String template = checkpoint.chatTemplate()
                    .orElseThrow(() -> new CorruptCheckpoint(file + " has no chat template (tokenizer.chat_template), which chat completions need"));
            // It does not need the engine, whose loading leaves a core free most of the time.
            var language = aside("language-loading", () -> Language.of(checkpoint.tokenizer(), kept(derived, model), template));
            var scheduler = scheduler(derived, model, draft, language);
            String precision = precision().name().toLowerCase(java.util.Locale.ROOT);
            var traits = new ModelTraits(scheduler.shape(), draft != null, language.get().tokenizer::single,
                    routing(name(wanted), checkpoint, template, scheduler.shape().hidden()));
            var selector = ConfiguredStrategies.selector(config.decoding(), traits, scheduler::statistics);
            String sha256 = model.sha256.get() + (draft == null ? "" : draft.sha256.get());
            model.loaded.complete(null);
            if (draft != null) {
                draft.loaded.complete(null);
            }
            return new ServedModel(name(wanted), Files.getLastModifiedTime(file).toMillis() / 1000, scheduler.shape().context(), precision,
                    language.get().chat.alwaysThinks(), fingerprint(sha256, precision), language.get().tokenizer, language.get().chat::encode,
                    selector, scheduler);
        }
    }

    /**
     * @param sha256 known, or being computed
     * @param loaded completed when the model is served
     */
    private record Opened(Checkpoint checkpoint, CompletableFuture<String> sha256, CompletableFuture<Void> loaded) implements AutoCloseable {
        static Opened of(FoundFile file) throws IOException {
            Checkpoint checkpoint = GgufCheckpoint.open(file.path(), file.sha256());
            return new Opened(checkpoint, file.sha256().map(CompletableFuture::completedFuture).orElseGet(() -> aside("checkpoint-hash", () -> {
                file.remember(checkpoint.sha256());
                return checkpoint.sha256();
            })), new CompletableFuture<>());
        }

        /** Of a model that is not known yet, weights are written when nothing waits for the cores any more. */
        DerivedFile packed(DerivedFolder folder) {
            return DecoderWeights.file(folder, sha256.isDone() ? sha256 : sha256.thenCombine(loaded, (hash, _) -> hash));
        }

        @Override
        public void close() {
            checkpoint.close();
        }
    }

    /** @return {@code null}: none is configured */
    private Opened draft(ModelStore store, Checkpoint checkpoint) throws IOException {
        CadenzaConfig.DraftModel draft = config.decoding().draftModel();
        String wanted = draft.path().or(draft::id).orElse(null);
        if (wanted == null) {
            return null;
        }
        Path file = store.resolve(wanted, ConsoleProgress.standard());
        Opened opened = Opened.of(store.found(file));
        OptionalInt other = checkpoint.tokenizer().firstDifference(opened.checkpoint.tokenizer());
        if (other.isPresent()) {
            opened.close();
            throw new IllegalArgumentException("the draft model %s does not have the model's tokens: token %d differs; choose one of the same family"
                    .formatted(wanted, other.getAsInt()));
        }
        return opened;
    }

    /** @throws InvalidProbe the probe is for another model, other prompts or another width */
    private Routing routing(String model, Checkpoint checkpoint, String template, int hidden) throws IOException {
        Routing routing = ConfiguredStrategies.routing(config.decoding().diffAdapt());
        Optional<String> wanted = config.decoding().diffAdapt().probe();
        Optional<Path> file = wanted.filter(NO_PROBE::equals).isPresent() ? Optional.empty() : wanted.map(Path::of).or(() -> config.home()
                .map(home -> Path.of(home, "config", "probes", model + ".json")).filter(Files::exists));
        if (file.isEmpty()) {
            return routing;
        }
        Probe probe = ProbeFile.read(file.get()).check(checkpoint.sha256(), routing.promptsSha256(template), hidden);
        return routing.with(probe::probabilities);
    }

    private record Language(Tokenizer tokenizer, ChatPrompt chat) {
        static Language of(TokenizerSpec spec, Tokenizer.Kept kept, String template) {
            Tokenizer tokenizer = Tokenizer.of(spec, kept);
            return new Language(tokenizer, new ChatPrompt(template, tokenizer));
        }
    }

    private static <T> CompletableFuture<T> aside(String thread, Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, task -> Thread.ofPlatform().daemon().name(thread).start(task));
    }

    private ContinuousBatchingScheduler scheduler(DerivedFolder derived, Opened model, Opened draft, CompletableFuture<Language> language)
            throws Exception {
        try {
            Callable<TorchEngine> engine = () -> engine(derived, model, config.kv().budget());
            Optional<Callable<TorchEngine>> draftEngine = Optional.ofNullable(draft).map(small -> () -> engine(derived, small,
                    config.decoding().draftModel().kvBudget()));
            return new ContinuousBatchingScheduler(engine, draftEngine, language.thenApply(Language::tokenizer), schedulerSettings());
        } catch (EngineFailure failure) {
            if (language.isCompletedExceptionally() && language.exceptionNow() instanceof Exception cause) {
                throw cause;
            }
            throw failure;
        }
    }

    private TorchEngine engine(DerivedFolder derived, Opened model, MemorySize kvBudget) {
        int threads = config.engine().threads().orElseGet(EngineSettings::defaultThreads);
        TorchEngine engine = TorchEngine.load(model.checkpoint, new EngineSettings(precision(), threads, kvBudget.asLongValue()),
                model.packed(derived));
        LOG.infof("engine_ready kernels=\"%s\" threads=%d kvSlots=%d", engine.kernels(), threads,
                engine.shape().kvBytes() / engine.shape().bytesPerSlot());
        return engine;
    }

    private static Tokenizer.Kept kept(DerivedFolder derived, Opened model) {
        return (version, make) -> {
            DerivedFile file = DerivedFile.of(derived, model.sha256, version, "json.tokenizer");
            return file.read().orElseGet(() -> {
                byte[] made = make.get();
                file.keep(MemorySegment.ofArray(made));
                return made;
            });
        };
    }

    private EngineSettings.Precision precision() {
        return switch (config.engine().precision()) {
            case FAST -> EngineSettings.Precision.FAST;
            case FLOAT32 -> EngineSettings.Precision.FLOAT32;
        };
    }

    private SchedulerSettings schedulerSettings() {
        SchedulerSettings defaults = SchedulerSettings.DEFAULTS;
        return new SchedulerSettings(config.scheduler().maxRunning(), config.scheduler().queueCapacity(), config.scheduler().prefillTokens(),
                config.scheduler().draftRows(), defaults.initialReservation(), config.api().stallTimeout(), defaults.readyPoll(),
                defaults.measuresSteps(), config.prefixCache().enabled());
    }

    /** A catalogue id stays as it is; of a path or source the file's name without its ending is left. */
    private static String name(String wanted) {
        String last = wanted.substring(Math.max(wanted.lastIndexOf('/'), wanted.lastIndexOf('\\')) + 1);
        int revision = last.lastIndexOf('@');
        String file = revision > 0 ? last.substring(0, revision) : last;
        return file.endsWith(".gguf") ? file.substring(0, file.length() - ".gguf".length()) : file;
    }

    private static String fingerprint(String sha256, String precision) throws Exception {
        String version = String.valueOf(StoredModelLoader.class.getPackage().getImplementationVersion());
        byte[] hash = MessageDigest.getInstance("SHA-256").digest((sha256 + precision + version).getBytes(StandardCharsets.UTF_8));
        return "fp_" + HexFormat.of().formatHex(hash, 0, 5);
    }
}
