package dev.cadenza.decoding;

import dev.cadenza.engine.Sampled;
import java.util.List;

/**
 * What came of a move.
 *
 * @param drafted draft tokens that were verified
 * @param kept   draft nodes that the sequence keeps, a root path behind the pending tokens of the latest move that ran them
 * @param tokens gained, in order, one more than nodes are kept; none: the turn goes on with another move
 * @param fork   {@code null}: there was none
 * @param rest   how the prompt goes on, only in the move that runs the last of it so far; {@code null}: it does not
 */
public record Turn(int drafted, int[] kept, List<Gained> tokens, Fork fork, Rest rest) {
    public static final Turn GOES_ON = new Turn(0, new int[0], List.of());

    public Turn {
        tokens = List.copyOf(tokens);
    }

    /** Without a fork. */
    public Turn(int drafted, int[] kept, List<Gained> tokens) {
        this(drafted, kept, tokens, null);
    }

    public Turn(int drafted, int[] kept, List<Gained> tokens, Fork fork) {
        this(drafted, kept, tokens, fork, null);
    }

    /** The prompt goes on; the decoder is asked for its first move again at its new end. */
    public static Turn prompts(Rest rest) {
        return new Turn(0, new int[0], List.of(), null, rest);
    }

    public static Turn plain(Sampled sampled) {
        return new Turn(0, new int[0], List.of(new Gained(sampled, Source.MODEL)));
    }

    public boolean over() {
        return !tokens.isEmpty();
    }

    /**
     * What the prompt lacked.
     *
     * @param prompt    ids to append, at least one, as many as {@link Strategy#mostMorePrompt} at most
     * @param maxTokens of the answer from now on, at most the request's
     */
    public record Rest(int[] prompt, int maxTokens) {
    }

    /** A token of the answer and where it came from. */
    public record Gained(Sampled sampled, Source source) {
    }

    /** MODEL: drawn by the model; TRIAL: on the kept one of several trials; DRAFT: drafted, and kept by the verifier; BONUS: drawn by the model behind kept drafts of the same turn. */
    public enum Source {
        MODEL, DRAFT, BONUS, TRIAL
    }
}
