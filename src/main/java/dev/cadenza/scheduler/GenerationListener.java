package dev.cadenza.scheduler;

import java.util.List;

/** Receives a request's events. Called by the device thread; must return at once and never block. */
public interface GenerationListener {

    /** The first choice holds KV memory; headers may be flushed. Precedes every other event but {@link #failed}. */
    void admitted();

    /**
     * New text of a choice; never half a character, never part of a stop string.
     *
     * @param text   not empty, except when {@code tokens} carry log-probabilities of tokens whose text is yet to come: then it may be
     * @param tokens the tokens whose text it completes, in order; only when log-probabilities were asked for, otherwise empty
     */
    void text(int choice, String text, List<TokenLogprob> tokens);

    void finished(int choice, Finish finish);

    /** The request failed on the engine's side; nothing follows. */
    void failed(Throwable cause);

    /**
     * Whether the client takes more now. While false the request's sequences keep their KV memory but get no rows; asked again every step.
     */
    boolean ready();
}
