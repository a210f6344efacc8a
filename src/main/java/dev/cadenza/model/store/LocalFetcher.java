package dev.cadenza.model.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Copies a file of this machine. */
record LocalFetcher(Path path) implements Fetcher {
    @Override
    public boolean resumes() {
        return false;
    }

    @Override
    public void fetch(Part part, Progress progress) throws IOException {
        try (var in = Files.newInputStream(path)) {
            part.write(in, false, Files.size(path), "copying " + path.getFileName(), progress);
        }
    }
}
