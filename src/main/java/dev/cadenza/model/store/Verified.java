package dev.cadenza.model.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * What was verified of a cached file, remembered beside it so that a start need not read it all again. Notices a file that was changed or cut,
 * unless whoever changed it kept both size and modification time.
 *
 * @param modifiedNanos since the epoch
 */
record Verified(String sha256, long bytes, long modifiedNanos) {
    private static final Pattern SYNTAX = Pattern.compile("sha256 ([0-9a-f]{64})\nbytes (\\d{1,18})\nmodified (-?\\d{1,18}\\d?)\n");
    private static final int BUFFER_BYTES = 1 << 20;

    /** Hashes a file as it is now. */
    static Verified now(Path file) throws IOException {
        var unhashed = unhashed(file);
        return new Verified(sha256(file), unhashed.bytes, unhashed.modifiedNanos);
    }

    /** What was remembered, if the file has still that size and time. */
    static Optional<Verified> unchanged(Path file) throws IOException {
        var remembered = remembered(file);
        var now = unhashed(file);
        return remembered.filter(then -> then.bytes == now.bytes && then.modifiedNanos == now.modifiedNanos);
    }

    /** What was remembered, whether or not it still holds. */
    static Optional<Verified> remembered(Path file) throws IOException {
        var note = note(file);
        if (!Files.isRegularFile(note) || Files.size(note) > 1_000) {
            return Optional.empty();
        }
        var match = SYNTAX.matcher(Files.readString(note));
        return match.matches() ? Optional.of(new Verified(match.group(1), Long.parseLong(match.group(2)), Long.parseLong(match.group(3))))
                : Optional.empty();
    }

    /** Replaces what is remembered of a file. */
    void remember(Path file) throws IOException {
        var note = note(file);
        var fresh = note.resolveSibling(note.getFileName() + ".new");
        Files.writeString(fresh, "sha256 %s\nbytes %d\nmodified %d\n".formatted(sha256, bytes, modifiedNanos));
        Files.move(fresh, note, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Verified unhashed(Path file) throws IOException {
        return new Verified("", Files.size(file), Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS));
    }

    private static Path note(Path file) {
        return file.resolveSibling(file.getFileName() + ".verified");
    }

    private static String sha256(Path file) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        try (var in = Files.newInputStream(file)) {
            var buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
