package dev.cadenza.model;

import dev.cadenza.tokenizer.TokenizerSpec;
import java.util.Optional;

/** A model on disk, memory-mapped. Readable by any thread until closed. */
public interface Checkpoint extends AutoCloseable {

    Architecture architecture();

    /** @throws CorruptCheckpoint no tensor of this name, or one of another shape than the architecture demands */
    Weight weight(WeightName name);

    /** Whether the checkpoint has that tensor. */
    boolean has(WeightName name);

    TokenizerSpec tokenizer();

    /** The Jinja source of the model's chat template. */
    Optional<String> chatTemplate();

    /** Hex SHA-256 of the file, computed once when first asked for. */
    String sha256();

    @Override
    void close();
}
