package dev.cadenza.api;

/** Makes the model that this server serves. Called once, on a thread of its own, while HTTP already answers 503 {@code model_loading}. */
@FunctionalInterface
public interface ModelLoader {

    /** @throws Exception with a message for the operator: the server logs it and exits */
    ServedModel load() throws Exception;
}
