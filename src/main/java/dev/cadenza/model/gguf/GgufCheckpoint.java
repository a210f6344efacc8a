package dev.cadenza.model.gguf;

import dev.cadenza.model.Architecture;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.CorruptCheckpoint;
import dev.cadenza.model.Weight;
import dev.cadenza.model.WeightName;
import dev.cadenza.tokenizer.TokenizerSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * A Llama model in a GGUF file. The file is mapped, so it must not be overwritten in place or shortened while open; replacing it by a rename is fine.
 */
public final class GgufCheckpoint implements Checkpoint {
    private static final long DIGEST_SLICE_BYTES = 16L << 20;

    private final Path path;
    private final Arena arena;
    private final MemorySegment bytes;
    private final GgufFile file;
    private final TokenizerSpec tokenizer;
    private final Optional<String> chatTemplate;
    private final Architecture architecture;
    private final Map<WeightName, GgufTensor> tensors;
    private String sha256;
    private volatile boolean closing;

    private GgufCheckpoint(Path path, Arena arena, MemorySegment bytes, Optional<String> knownSha256) {
        this.path = path;
        sha256 = knownSha256.orElse(null);
        this.arena = arena;
        this.bytes = bytes;
        file = GgufFile.read(path.toString(), bytes);
        var metadata = file.metadata();
        LlamaHyperparameters.checkFamily(metadata);
        tokenizer = TokenizerMetadata.read(metadata);
        chatTemplate = metadata.optionalText("tokenizer.chat_template");
        architecture = LlamaHyperparameters.read(metadata, tokenizer.tokens().size(), !file.tensors().containsKey(LlamaTensors.HEAD));
        tensors = LlamaTensors.find(file, architecture);
    }

    /**
     * Maps a file and checks its header, hyperparameters and tensor shapes.
     *
     * @throws IOException       the file cannot be read
     * @throws CorruptCheckpoint it is damaged or not supported; the message names file, offset, expected, found
     */
    public static GgufCheckpoint open(Path path) throws IOException {
        return open(path, Optional.empty());
    }

    /**
     * @param sha256 of the file, if known: saves reading it whole
     * @see #open(Path)
     */
    public static GgufCheckpoint open(Path path, Optional<String> sha256) throws IOException {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new IOException(path + " is not a regular file");
        }
        var arena = Arena.ofShared();
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return new GgufCheckpoint(path, arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena), sha256);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    @Override
    public Architecture architecture() {
        return architecture;
    }

    @Override
    public Weight weight(WeightName name) {
        var tensor = tensors.get(name);
        if (tensor == null) {
            throw file.headerEnd().fault("tensor \"%s\"".formatted(LlamaTensors.name(name)), "none");
        }
        return file.weight(tensor);
    }

    @Override
    public boolean has(WeightName name) {
        return tensors.containsKey(name);
    }

    @Override
    public TokenizerSpec tokenizer() {
        return tokenizer;
    }

    @Override
    public Optional<String> chatTemplate() {
        return chatTemplate;
    }

    @Override
    public synchronized String sha256() {
        if (sha256 == null) {
            sha256 = digest();
        }
        return sha256;
    }

    /** Does not wait for a hash that is being computed, which fails. */
    @Override
    public void close() {
        closing = true;
        synchronized (this) {
            if (arena.scope().isAlive()) {
                arena.close();
            }
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }

    private String digest() {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        for (long at = 0; at < bytes.byteSize(); at += DIGEST_SLICE_BYTES) {
            if (closing) {
                throw new IllegalStateException(path + " was closed");
            }
            digest.update(bytes.asSlice(at, Math.min(DIGEST_SLICE_BYTES, bytes.byteSize() - at)).asByteBuffer());
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
