package dev.cadenza.load;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.DirectoryStream;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.Map;
import java.util.Set;
import org.graalvm.polyglot.io.FileSystem;

/** What a script may import: files beside and below it, and the stand-ins by k6's names for its modules. Nothing can be written. */
final class ScriptModules implements FileSystem {
    private static final Path STAND_INS = resource();
    private static final Map<String, Path> MODULES = Map.of("k6", STAND_INS.resolve("k6.js"), "k6/http", STAND_INS.resolve("http.js"), "k6/metrics",
            STAND_INS.resolve("metrics.js"), "k6/execution", STAND_INS.resolve("execution.js"));

    private final FileSystem files = FileSystem.newReadOnlyFileSystem(FileSystem.newDefaultFileSystem());
    private final Path folder;

    /** @param folder of the script */
    ScriptModules(Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
    }

    private static Path resource() {
        try {
            return Path.of(ScriptModules.class.getResource("/load/k6.js").toURI()).getParent();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Path parsePath(String path) {
        Path module = MODULES.get(path);
        if (module == null && path.startsWith("k6/")) {
            throw new UnsupportedByStandIn("the stand-in has no module " + path);
        }
        return module == null ? files.parsePath(path) : module;
    }

    @Override
    public Path parsePath(URI uri) {
        return files.parsePath(uri);
    }

    @Override
    public void checkAccess(Path path, Set<? extends AccessMode> modes, LinkOption... options) throws IOException {
        files.checkAccess(mayBeRead(path), modes, options);
    }

    @Override
    public SeekableByteChannel newByteChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        return files.newByteChannel(mayBeRead(path), options, attributes);
    }

    private Path mayBeRead(Path path) {
        Path whole = toAbsolutePath(path).normalize();
        if (!whole.startsWith(folder) && !whole.startsWith(STAND_INS)) {
            throw new UnsupportedByStandIn("a script reads %s, which is not its own".formatted(path));
        }
        return path;
    }

    @Override
    public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
        files.createDirectory(folder, attributes);
    }

    @Override
    public void delete(Path path) throws IOException {
        files.delete(path);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
        return files.newDirectoryStream(folder, filter);
    }

    @Override
    public Path toAbsolutePath(Path path) {
        return files.toAbsolutePath(path);
    }

    @Override
    public Path toRealPath(Path path, LinkOption... options) throws IOException {
        return files.toRealPath(path, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        return files.readAttributes(path, attributes, options);
    }
}
