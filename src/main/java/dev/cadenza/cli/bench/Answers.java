package dev.cadenza.cli.bench;

import dev.cadenza.decoding.DecodingReport;
import java.util.List;

/**
 * What came of requests that a scheduler got at once.
 *
 * @param seconds from before the first was submitted until the last was finished
 * @param answers in the order of the requests, 1 or more
 */
record Answers(double seconds, List<Answer> answers) {
    Answers {
        answers = List.copyOf(answers);
    }

    /**
     * @param tokens generated, an end token included
     * @param ids    of these tokens; empty unless the request wanted a trace
     */
    record Answer(String text, int tokens, DecodingReport report, List<Integer> ids) {
        Answer {
            ids = List.copyOf(ids);
        }

        /** Of a request that wanted no trace. */
        Answer(String text, int tokens, DecodingReport report) {
            this(text, tokens, report, List.of());
        }

        /** For how many tokens both are the same. */
        int leadingEqual(Answer other) {
            int equal = 0;
            while (equal < Math.min(ids.size(), other.ids.size()) && ids.get(equal).equals(other.ids.get(equal))) {
                equal++;
            }
            return equal;
        }

        boolean sameBytes(Answer other) {
            return text.equals(other.text) && tokens == other.tokens;
        }
    }

    /** Tokens of all answers in a second. */
    double speed() {
        return tokens() / seconds;
    }

    int tokens() {
        return answers.stream().mapToInt(Answer::tokens).sum();
    }

    /** Engine steps after the prefill in which an answer had a row, summed over the answers. */
    int steps() {
        return answers.stream().mapToInt(answer -> answer.report().steps()).sum();
    }

    int drafted() {
        return answers.stream().mapToInt(answer -> Math.max(0, answer.report().drafted())).sum();
    }

    int accepted() {
        return answers.stream().mapToInt(answer -> Math.max(0, answer.report().accepted())).sum();
    }

    /** Paths sampled at forks. */
    int trials() {
        return answers.stream().mapToInt(answer -> Math.max(0, answer.report().trials())).sum();
    }

    /** Tokens of paths that were not kept. */
    int dropped() {
        return answers.stream().mapToInt(answer -> answer.report().droppedTokens()).sum();
    }

    /** How many are byte for byte those of the same requests in {@code other}. */
    int equal(Answers other) {
        int equal = 0;
        for (int i = 0; i < answers.size(); i++) {
            equal += answers.get(i).sameBytes(other.answers.get(i)) ? 1 : 0;
        }
        return equal;
    }
}
