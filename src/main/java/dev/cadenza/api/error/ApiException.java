package dev.cadenza.api.error;

/** Carries an {@link ApiProblem} to the place that answers. */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient ApiProblem problem;

    public ApiException(ApiProblem problem) {
        super(problem.message(), null, false, false);
        this.problem = problem;
    }

    /** @see ApiProblem.InvalidRequest */
    public static ApiException invalid(String param, String code, String message) {
        return new ApiException(new ApiProblem.InvalidRequest(param, code, message));
    }

    public ApiProblem problem() {
        return problem;
    }
}
