package dev.cadenza.chat;

/** A chat template refused its input, failed, or exceeded a cap; the message is fit for the client. */
public final class TemplateError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TemplateError(String message) {
        super(message);
    }
}
