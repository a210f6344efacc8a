package dev.cadenza.api.error;

import java.time.Duration;

/** Everything that can go wrong for a client. {@link ErrorBody} gives each its status, type and code. */
public sealed interface ApiProblem {

    /** Fit for the client: parameter, what is allowed, what was given. */
    String message();

    /** @param param path of the offending field, {@code null} when the request as a whole is at fault */
    record InvalidRequest(String param, String code, String message) implements ApiProblem {
    }

    record UnknownModel(String model) implements ApiProblem {
        private static final int LONGEST_QUOTE = 100;

        @Override
        public String message() {
            return "The model '%s' does not exist.".formatted(model.length() <= LONGEST_QUOTE ? model : model.substring(0, LONGEST_QUOTE) + "...");
        }
    }

    record UnknownUrl(String method, String path) implements ApiProblem {
        @Override
        public String message() {
            return "Unknown request URL: %s %s.".formatted(method, path);
        }
    }

    record MethodNotAllowed(String method, String path) implements ApiProblem {
        @Override
        public String message() {
            return "Not allowed to %s on %s.".formatted(method, path);
        }
    }

    record BodyTooLarge() implements ApiProblem {
        @Override
        public String message() {
            return "The request body is larger than this server accepts.";
        }
    }

    record UnsupportedMediaType(String given) implements ApiProblem {
        @Override
        public String message() {
            return "The body must be sent as 'Content-Type: application/json', got '%s'.".formatted(given == null ? "none" : given);
        }
    }

    record UnsupportedEncoding(String given) implements ApiProblem {
        @Override
        public String message() {
            return "The body must be sent as it is, without a 'Content-Encoding'; got '%s'.".formatted(given);
        }
    }

    /** The client broke HTTP's rules in the middle of its body. */
    record MalformedBody() implements ApiProblem {
        @Override
        public String message() {
            return "The request body could not be read.";
        }
    }

    record BodyTooSlow() implements ApiProblem {
        @Override
        public String message() {
            return "The request body did not arrive in time.";
        }
    }

    record QueueIsFull(Duration retryAfter) implements ApiProblem {
        @Override
        public String message() {
            return "The queue is full. Please try again later.";
        }
    }

    record Draining(Duration retryAfter) implements ApiProblem {
        @Override
        public String message() {
            return "The server is shutting down and takes no new requests.";
        }
    }

    /** The answer had begun, or waited for its turn, when the server's time to drain was over. */
    record NotFinished() implements ApiProblem {
        @Override
        public String message() {
            return "The server shut down before the answer was complete.";
        }
    }

    record ModelLoading(Duration retryAfter) implements ApiProblem {
        @Override
        public String message() {
            return "The model is still loading. Please try again in a moment.";
        }
    }

    record Hanging(Duration retryAfter) implements ApiProblem {
        @Override
        public String message() {
            return "The model's device thread does not respond.";
        }
    }

    /** A fault of ours; the log knows the cause under the request's id, the client only the id. */
    record ServerFault(String requestId) implements ApiProblem {
        @Override
        public String message() {
            return "The server had an error while processing the request (request id %s).".formatted(requestId);
        }
    }

    /** A status of HTTP itself that no other case covers. */
    record HttpFault(int status, String message) implements ApiProblem {
    }
}
