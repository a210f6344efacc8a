package dev.cadenza.model.store;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Where a file comes from, as a catalogue or a person writes it. */
sealed interface Source {

    /** {@code file:PATH} */
    record LocalFile(Path path) implements Source {
        @Override
        public String toString() {
            return "file:" + path;
        }
    }

    /** {@code pip:PACKAGE==VERSION!/ENTRY}: a file in a wheel. */
    record WheelEntry(String distribution, String version, String entry) implements Source {
        private static final Pattern SYNTAX = Pattern.compile("pip:([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9][A-Za-z0-9.+_-]*)!/(.+)");

        public WheelEntry {
            requireRelative(entry);
        }

        @Override
        public String toString() {
            return "pip:%s==%s!/%s".formatted(distribution, version, entry);
        }
    }

    /** {@code hf:OWNER/REPO/FILE[@REVISION]}: a file of a model repository. */
    record HubFile(String owner, String repository, String file, String revision) implements Source {
        private static final Pattern SYNTAX = Pattern.compile("hf:([A-Za-z0-9][A-Za-z0-9._-]*)/([A-Za-z0-9][A-Za-z0-9._-]*)/([^@]+)(?:@([^@]+))?");

        public HubFile {
            requireRelative(file);
            requireRelative(revision);
        }

        @Override
        public String toString() {
            return "hf:%s/%s/%s@%s".formatted(owner, repository, file, revision);
        }
    }

    List<String> SCHEMES = List.of("file:", "pip:", "hf:");

    static boolean isSource(String text) {
        return SCHEMES.stream().anyMatch(text::startsWith);
    }

    /** @throws IllegalArgumentException none of the three forms; the message shows the form */
    static Source parse(String text) {
        if (text.startsWith("file:") && text.length() > "file:".length()) {
            return new LocalFile(Path.of(text.substring("file:".length())));
        }
        if (text.startsWith("pip:")) {
            var match = WheelEntry.SYNTAX.matcher(text);
            if (match.matches()) {
                return new WheelEntry(match.group(1), match.group(2), match.group(3));
            }
            throw new IllegalArgumentException("expected pip:PACKAGE==VERSION!/PATH/IN/WHEEL, found " + text);
        }
        if (text.startsWith("hf:")) {
            var match = HubFile.SYNTAX.matcher(text);
            if (match.matches()) {
                return new HubFile(match.group(1), match.group(2), match.group(3), match.group(4) == null ? "main" : match.group(4));
            }
            throw new IllegalArgumentException("expected hf:OWNER/REPO/FILE[@REVISION], found " + text);
        }
        throw new IllegalArgumentException("expected a source file:PATH, pip:PACKAGE==VERSION!/ENTRY or hf:OWNER/REPO/FILE, found " + text);
    }

    private static void requireRelative(String path) {
        for (var segment : path.split("/", -1)) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..") || segment.indexOf('\\') >= 0 || segment.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("expected a relative path of plain segments, found " + path);
            }
        }
    }
}
