package dev.cadenza.cli.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** What the generator can ask, from what the smallest models know to what is beyond them. */
enum TaskKind {
    CAPITAL(AnswerCheck.CONTAINS) {
        @Override
        Made make(Random random) {
            String[] country = pick(random, Vocabulary.CAPITALS).split("/");
            return new Made(pick(random, List.of("What is the capital of %s?", "Which city is the capital of %s?", "Name the capital city of %s.",
                    "%s has which city as its capital?")).formatted(country[0]), country[1]);
        }
    },
    LARGER_NUMBER(AnswerCheck.FIRST_NUMBER) {
        @Override
        Made make(Random random) {
            int first = random.nextInt(1, 100);
            int second = (first + random.nextInt(1, 99) - 1) % 99 + 1;
            return new Made(pick(random, List.of("Which number is larger, %d or %d? Answer with the number only.",
                    "Say the larger of %d and %d, and nothing else.")).formatted(first, second), number(Math.max(first, second)));
        }
    },
    LAST_WORD(AnswerCheck.CONTAINS) {
        @Override
        Made make(Random random) {
            List<String> words = distinct(random, Vocabulary.NOUNS, random.nextInt(3, 7));
            return new Made(pick(random, List.of("What is the last word of this list: %s? Answer with that word only.",
                    "Here is a list: %s. Say only its last word.")).formatted(String.join(", ", words)), words.getLast());
        }
    },
    ONE_DIGIT_SUM(AnswerCheck.ANY_NUMBER) {
        @Override
        Made make(Random random) {
            return sum(random, 1, 9);
        }
    },
    ONE_STEP_PROBLEM(AnswerCheck.ANY_NUMBER) {
        @Override
        Made make(Random random) {
            int had = random.nextInt(2, 10);
            int change = random.nextInt(1, had);
            String name = pick(random, Vocabulary.NAMES);
            String thing = pick(random, Vocabulary.THINGS);
            return random.nextBoolean()
                    ? new Made("%s has %d %s and gets %d more. How many %s does %s have now?".formatted(name, had, thing, change, thing, name),
                            number(had + change))
                    : new Made("%s has %d %s and gives away %d. How many %s does %s have left?".formatted(name, had, thing, change, thing, name),
                            number(had - change));
        }
    },
    COPY_WORDS(AnswerCheck.CONTAINS) {
        @Override
        Made make(Random random) {
            String words = String.join(" ", distinct(random, Vocabulary.NOUNS, 4));
            return new Made(pick(random, List.of("Repeat exactly these four words: %s", "Copy these words without any change: %s")).formatted(words), words);
        }
    },
    TWO_DIGIT_SUM(AnswerCheck.ANY_NUMBER) {
        @Override
        Made make(Random random) {
            return sum(random, 11, 99);
        }
    },
    TWO_STEP_PROBLEM(AnswerCheck.ANY_NUMBER) {
        @Override
        Made make(Random random) {
            int boxes = random.nextInt(3, 10);
            int each = random.nextInt(3, 13);
            int lost = random.nextInt(2, boxes * each / 2 + 1);
            String name = pick(random, Vocabulary.NAMES);
            String thing = pick(random, Vocabulary.THINGS);
            return new Made("%s buys %d boxes with %d %s each and then loses %d of the %s. How many %s are left?".formatted(name, boxes, each, thing, lost,
                    thing, thing), number(boxes * each - lost));
        }
    };

    private final AnswerCheck check;

    TaskKind(AnswerCheck check) {
        this.check = check;
    }

    record Made(String question, String answer) {
    }

    /** Another one each time, or one that there was already. */
    abstract Made make(Random random);

    AnswerCheck check() {
        return check;
    }

    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Numbers that must be worked out are not in the question: repeating it would be right. */
    boolean usable(Made made) {
        return check != AnswerCheck.ANY_NUMBER || !check.accepts(made.question, made.answer);
    }

    private static Made sum(Random random, int least, int most) {
        int first = random.nextInt(least, most + 1);
        int second = random.nextInt(least, most + 1);
        return new Made(pick(random, List.of("What is %d + %d?", "What is %d plus %d?", "Add %d and %d.", "Calculate the sum of %d and %d."))
                .formatted(first, second), number(first + second));
    }

    private static String number(int value) {
        return Integer.toString(value);
    }

    private static String pick(Random random, List<String> from) {
        return from.get(random.nextInt(from.size()));
    }

    private static List<String> distinct(Random random, List<String> from, int count) {
        List<String> rest = new ArrayList<>(from);
        List<String> chosen = new ArrayList<>();
        while (chosen.size() < count) {
            chosen.add(rest.remove(random.nextInt(rest.size())));
        }
        return chosen;
    }
}
