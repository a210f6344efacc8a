package dev.cadenza.decoding;

/** The request's {@code decoding} object cannot be honoured. */
public final class InvalidDecoding extends Exception {
    private static final long serialVersionUID = 1L;

    private final String param;
    private final String code;

    /**
     * @param param path on the wire, {@code decoding.speculative.max_draft}
     * @param code  OpenAI's error code ({@code unknown_parameter}, {@code invalid_type}, {@code integer_above_max_value}, ...)
     */
    public InvalidDecoding(String param, String code, String message) {
        super(message);
        this.param = param;
        this.code = code;
    }

    public String param() {
        return param;
    }

    public String code() {
        return code;
    }
}
