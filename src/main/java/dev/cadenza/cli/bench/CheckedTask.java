package dev.cadenza.cli.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Tasks that a small model can do and a program can check. Each has its questions, the same in the same order for every bench. */
enum CheckedTask {
    /** Right: the answer names the capital. */
    CAPITAL {
        @Override
        Stream<Question> all(Random random) {
            List<Map.Entry<String, String>> shuffled = new ArrayList<>(CAPITALS);
            Collections.shuffle(shuffled, random);
            return shuffled.stream().map(entry -> new Question("What is the capital of %s?".formatted(entry.getKey()),
                    answer -> answer.contains(entry.getValue())));
        }
    },
    /** Right: of the numbers in the answer the first is the larger one. */
    LARGER {
        @Override
        Stream<Question> all(Random random) {
            return Stream.generate(() -> {
                int one = random.nextInt(10, 100);
                int other = (one - 10 + random.nextInt(1, 90)) % 90 + 10;
                return new Question("Which number is larger, %d or %d? Answer with the number only.".formatted(one, other),
                        answer -> first(answer) == Math.max(one, other));
            });
        }
    },
    /** Right: the last number in the answer is the sum. */
    SUM {
        @Override
        Stream<Question> all(Random random) {
            return Stream.generate(() -> {
                int one = random.nextInt(1, 10);
                int other = random.nextInt(1, 10);
                return new Question("What is %d + %d? Answer with the number only.".formatted(one, other), answer -> last(answer) == one + other);
            });
        }
    },
    /** Right: of the words in the list the answer has the last and no other. */
    LAST_WORD {
        @Override
        Stream<Question> all(Random random) {
            return Stream.generate(() -> {
                List<String> words = new ArrayList<>(Questions.WORDS);
                Collections.shuffle(words, random);
                List<String> list = words.subList(0, 4);
                return new Question("What is the last word in this list: %s? Answer with the word only.".formatted(String.join(", ", list)),
                        answer -> list.stream().filter(answer::contains).toList().equals(list.subList(3, 4)));
            });
        }
    };

    /** A question and whether an answer to it is right. */
    record Question(String text, Predicate<String> right) {
    }

    private static final List<Map.Entry<String, String>> CAPITALS = Stream.of("France Paris", "Italy Rome", "Spain Madrid", "Germany Berlin",
            "Japan Tokyo", "Russia Moscow", "Egypt Cairo", "Greece Athens", "Portugal Lisbon", "Austria Vienna", "Poland Warsaw", "Norway Oslo",
            "Sweden Stockholm", "Finland Helsinki", "Denmark Copenhagen", "Ireland Dublin", "Hungary Budapest", "Belgium Brussels", "China Beijing",
            "Thailand Bangkok", "Cuba Havana", "Peru Lima", "Kenya Nairobi", "Canada Ottawa", "Australia Canberra", "Turkey Ankara", "Iran Tehran",
            "Iraq Baghdad", "Chile Santiago", "Vietnam Hanoi", "Ukraine Kyiv", "Romania Bucharest", "Bulgaria Sofia", "Croatia Zagreb",
            "Serbia Belgrade", "Switzerland Bern", "Netherlands Amsterdam", "Venezuela Caracas", "Nepal Kathmandu", "Philippines Manila")
            .map(line -> line.split(" ")).map(pair -> Map.entry(pair[0], pair[1])).toList();
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

    /** How many questions a task has at most. */
    static final int MOST_QUESTIONS = CAPITALS.size();

    abstract Stream<Question> all(Random random);

    /** Different ones. @param count at most {@link #MOST_QUESTIONS} */
    List<Question> questions(int count) {
        Set<String> asked = new HashSet<>();
        return all(new Random(1 + ordinal())).filter(question -> asked.add(question.text())).limit(count).toList();
    }

    /** -1: there is none. */
    private static int first(String answer) {
        return NUMBER.matcher(answer).results().map(MatchResult::group).mapToInt(Integer::parseInt).findFirst().orElse(-1);
    }

    private static int last(String answer) {
        return NUMBER.matcher(answer).results().map(MatchResult::group).mapToInt(Integer::parseInt).reduce(-1, (_, next) -> next);
    }
}
