package dev.cadenza.sampling;

import dev.cadenza.engine.Law;
import dev.cadenza.engine.LogitEdits;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The law of each next token of one answer. A law depends on nothing but how often each token was said, so that it is the same whether a token
 * was drafted or appended. One thread.
 *
 * <p>Frequency and presence penalty as OpenAI defines them: {@code l - count * frequency - (count > 0) * presence}, counting the answer.
 * Repetition penalty as Hugging Face defines it, for each token of prompt or answer: {@code l > 0 ? l / r : l * r}. Then the bias.
 */
public final class AnswerLaw {
    private final SamplingParameters parameters;
    private final boolean penalised;
    private final Law constant;

    // Tokens that the law changes, in order of first appearance, and how often the answer has each.
    private final Map<Integer, Integer> places = new HashMap<>();
    private int[] tokens = new int[16];
    private int[] counts = new int[16];
    private boolean[] said = new boolean[16];
    private int size;

    /** @param prompt ids; not kept */
    public AnswerLaw(SamplingParameters parameters, int[] prompt) {
        this.parameters = parameters;
        this.penalised = parameters.frequencyPenalty() != 0 || parameters.presencePenalty() != 0 || parameters.repetitionPenalty() != 1;
        parameters.bias().keySet().stream().sorted().forEach(this::place);
        if (parameters.repetitionPenalty() != 1) {
            for (int token : prompt) {
                int place = place(token);
                said[place] = true;
            }
        }
        this.constant = law(size == 0 ? LogitEdits.NONE : edits());
    }

    /** The law of the token that follows the answer so far. */
    public Law next() {
        return penalised ? law(edits()) : constant;
    }

    /** The law of the token that follows the answer and then the first {@code count} tokens of {@code path}. */
    public Law after(int[] path, int count) {
        if (!penalised || count == 0) {
            return next();
        }
        int before = size;
        boolean[] wereSaid = Arrays.copyOf(said, size);
        for (int i = 0; i < count; i++) {
            append(path[i]);
        }
        Law law = law(edits());
        for (int i = 0; i < count; i++) {
            counts[places.get(path[i])]--;
        }
        while (size > before) {
            places.remove(tokens[--size]);
        }
        System.arraycopy(wereSaid, 0, said, 0, before);
        return law;
    }

    /** The answer gained a token. */
    public void append(int token) {
        if (penalised) {
            int place = place(token);
            counts[place]++;
            said[place] = true;
        }
    }

    private int place(int token) {
        Integer known = places.putIfAbsent(token, size);
        if (known != null) {
            return known;
        }
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * size);
            counts = Arrays.copyOf(counts, 2 * size);
            said = Arrays.copyOf(said, 2 * size);
        }
        tokens[size] = token;
        counts[size] = 0;
        said[size] = false;
        return size++;
    }

    private LogitEdits edits() {
        float[] divisors = new float[size];
        float[] addends = new float[size];
        for (int i = 0; i < size; i++) {
            divisors[i] = said[i] ? parameters.repetitionPenalty() : 1;
            addends[i] = parameters.bias().getOrDefault(tokens[i], 0f);
            if (counts[i] > 0) {
                addends[i] -= counts[i] * parameters.frequencyPenalty() + parameters.presencePenalty();
            }
        }
        return new LogitEdits(Arrays.copyOf(tokens, size), divisors, addends);
    }

    private Law law(LogitEdits edits) {
        return new Law(parameters.temperature(), parameters.topK(), parameters.topP(), parameters.minP(), edits);
    }
}
