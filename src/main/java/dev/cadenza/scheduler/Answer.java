package dev.cadenza.scheduler;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.Turn;
import dev.cadenza.decoding.Turn.Gained;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.Sampled.Uncertainty;
import dev.cadenza.scheduler.Finish.Reason;
import dev.cadenza.tokenizer.AnswerText;
import dev.cadenza.tokenizer.Emission;
import dev.cadenza.tokenizer.Tokenizer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** One choice's way from tokens to the listener: text, log-probabilities, the end. Device thread only. */
final class Answer {
    private final ActiveRequest owner;
    private final int choice;
    private final Tokenizer tokenizer;
    private final int layers;
    private final AnswerText text;

    /** Tokens whose text is not all sent; only when log-probabilities are wanted. */
    private final ArrayDeque<TokenLogprob> untold = new ArrayDeque<>();
    /** Only when the client wants it. */
    private final List<Finish.Traced> trace = new ArrayList<>();
    private final List<Finish.TracedFork> forks = new ArrayList<>();
    /** Scratch of the turn in hand. */
    private final StringBuilder news = new StringBuilder();
    private int tokens;

    /** @param layers of the model */
    Answer(ActiveRequest owner, int choice, Tokenizer tokenizer, int layers) {
        this.owner = owner;
        this.choice = choice;
        this.tokenizer = tokenizer;
        this.layers = layers;
        this.text = new AnswerText(tokenizer, owner.request().stops(), owner.request().topLogprobs() >= 0);
    }

    int tokens() {
        return tokens;
    }

    /** Whether a stop string ends it within these tokens, should they come next. */
    boolean endsWithin(int[] next) {
        return text.endsWithin(next);
    }

    /**
     * Takes a turn's tokens one by one up to the answer's end, and tells the listener.
     *
     * @param promptTokens for the finish
     * @param maxTokens    at which it ends
     * @param cachedTokens of the prompt, for the finish
     * @return whether the answer goes on; if not, the turn's other tokens were dropped and the listener knows the finish
     */
    boolean take(Turn turn, Decoder decoder, int promptTokens, int maxTokens, int cachedTokens) {
        news.setLength(0);
        List<TokenLogprob> told = owner.request().topLogprobs() < 0 ? List.of() : new ArrayList<>();
        int taken = 0;
        End end = null;
        if (owner.request().trace() && turn.fork() != null) {
            forks.add(Finish.TracedFork.of(tokens, turn.fork()));
        }
        while (end == null && taken < turn.tokens().size()) {
            Gained gained = turn.tokens().get(taken++);
            if (owner.request().trace()) {
                trace.add(traced(gained, decoder));
            }
            end = take(gained.sampled(), maxTokens, told);
        }
        if (!news.isEmpty() || !told.isEmpty()) {
            owner.text(choice, news.toString(), told);
        }
        if (end != null) {
            owner.finished(choice,
                    new Finish(end.reason(), end.stopString(), end.stopToken(), promptTokens, tokens, cachedTokens, decoder.report(turn.tokens().size() - taken),
                            trace, forks));
        }
        return end == null;
    }

    private Finish.Traced traced(Gained gained, Decoder decoder) {
        Uncertainty uncertainty = gained.sampled().uncertainty();
        int ran = tokens == 0 ? layers : decoder.layers(tokens - 1).count(layers);
        return new Finish.Traced(gained.sampled().token(), gained.source(), ran, uncertainty.entropy(), uncertainty.rawEntropy());
    }

    private record End(Reason reason, String stopString, int stopToken) {
    }

    private End take(Sampled sampled, int maxTokens, List<TokenLogprob> told) {
        tokens++;
        if (tokenizer.endTokens().contains(sampled.token())) {
            String stop = emit(text.finish(), told);
            return new End(Reason.STOP, stop, stop == null ? sampled.token() : -1);
        }
        if (owner.request().topLogprobs() >= 0) {
            untold.add(new TokenLogprob(sampled.token(), sampled.logprob(), sampled.topTokens(), sampled.topLogprobs()));
        }
        String stop = emit(text.accept(sampled.token()), told);
        if (stop == null && tokens == maxTokens) {
            stop = emit(text.finish(), told);
            return new End(stop == null ? Reason.LENGTH : Reason.STOP, stop, -1);
        }
        return stop == null ? null : new End(Reason.STOP, stop, -1);
    }

    private String emit(Emission emission, List<TokenLogprob> told) {
        news.append(emission.text());
        for (int i = 0; i < emission.completedTokens() && !untold.isEmpty(); i++) {
            told.add(untold.remove());
        }
        return emission.stop();
    }
}
