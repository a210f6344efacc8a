package dev.cadenza.cli.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Kinds of work that drafts are good at, and some that they are not. Each has endless questions, the same in the same order for every bench. */
enum Workload {
    /** The client knows most of the answer. */
    COPY(0) {
        @Override
        String question(Random random) {
            List<String> names = new ArrayList<>(Questions.WORDS);
            Collections.shuffle(names, random);
            String each = names.get(0);
            String list = names.get(1);
            String result = names.get(2);
            String limit = names.get(3);
            return """
                    Copy this code, without a change and without a comment:

                    ```python
                    def %s_%s(%s, %s):
                        %s = []
                        for %s in %s:
                            if %s.%s > %s:
                                %s.append(%s.%s * %d)
                        return %s

                    def %s_%s(%s, %s):
                        %s = {}
                        for index, %s in enumerate(%s):
                            %s[%s.%s] = index + %s.%s
                        return %s
                    ```""".formatted(verb(random), names.get(4), list, limit, result, each, list, each, names.get(5), limit, result, each,
                    names.get(6), random.nextInt(2, 100), result, verb(random), names.get(7), list, limit, names.get(8), each, list, names.get(8),
                    each, names.get(9), limit, names.get(10), names.get(8));
        }
    },
    CODE(0) {
        @Override
        String question(Random random) {
            String noun = noun(random);
            String type = noun.substring(0, 1).toUpperCase(Locale.ROOT) + noun.substring(1);
            return "Write a Python class %s with the fields %s, %s and %s, an __init__, a getter and a setter for each field, and a method %s_all."
                    .formatted(type, noun(random), noun(random), noun(random), verb(random));
        }
    },
    /** Lists in JSON and tables. */
    STRUCTURED(0) {
        @Override
        String question(Random random) {
            String things = noun(random);
            String fields = "%s, %s and price".formatted(noun(random), noun(random));
            int count = random.nextInt(8, 20);
            String task = random.nextBoolean() ? "Write a JSON list of %d objects for a shop's %s catalogue. Each object has the keys id, name, %s."
                    : "Write a markdown table of %d rows for a shop's %s catalogue. Its columns are id, name, %s.";
            return task.formatted(count, things, fields);
        }
    },
    CHAT(0.7f) {
        @Override
        String question(Random random) {
            String asked = CHAT_QUESTIONS.get(random.nextInt(CHAT_QUESTIONS.size()));
            return "I think about a %s and a %s. %s".formatted(noun(random), noun(random), asked.formatted(noun(random)));
        }
    },
    /** Nothing to foresee: what drafting must not cost. */
    UNPREDICTABLE(1.8f) {
        @Override
        String question(Random random) {
            var words = new StringBuilder("Write down random words that have nothing to do with each other, such as");
            for (int i = 0; i < 8; i++) {
                words.append(' ').append(noun(random));
            }
            return words.append('.').toString();
        }
    };

    private static final List<String> VERBS = List.of("sort", "count", "merge", "filter", "update", "collect", "measure", "scale", "check", "load");
    private static final List<String> CHAT_QUESTIONS = List.of("What should I know before I buy a %s?",
            "Can you explain to a child how a %s came to be?", "Tell me a story in which a %s is lost and found.",
            "Give me advice: my friend wants my %s.", "Why do people write songs about a %s?");

    private final float temperature;

    Workload(float temperature) {
        this.temperature = temperature;
    }

    abstract String question(Random random);

    /** The name for people and the command line. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** 0: greedy. */
    float temperature() {
        return temperature;
    }

    /** Whether the client can tell beforehand about what the answer will be. */
    boolean foreseen() {
        return this == COPY;
    }

    List<String> questions(int count) {
        var random = new Random(1 + ordinal());
        List<String> questions = new ArrayList<>(count);
        while (questions.size() < count) {
            questions.add(question(random));
        }
        return questions;
    }

    private static String noun(Random random) {
        return Questions.WORDS.get(random.nextInt(Questions.WORDS.size()));
    }

    private static String verb(Random random) {
        return VERBS.get(random.nextInt(VERBS.size()));
    }
}
