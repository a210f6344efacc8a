package dev.cadenza.cli.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** A text as somebody foresees it who is wrong in some of its words. Pure functions. */
final class EditedText {
    private static final Pattern WORD = Pattern.compile("\\S+");

    private EditedText() {
    }

    /**
     * Replaces words by others, the white space between them stays.
     *
     * @param share of the words, in [0, 1]; rounded up
     */
    static String of(String text, double share, long seed) {
        List<MatchResult> words = WORD.matcher(text).results().toList();
        List<Integer> order = new ArrayList<>(IntStream.range(0, words.size()).boxed().toList());
        var random = new Random(seed);
        Collections.shuffle(order, random);
        Set<Integer> wrong = new HashSet<>(order.subList(0, (int) Math.ceil(share * words.size())));
        var edited = new StringBuilder();
        int copied = 0;
        for (int i = 0; i < words.size(); i++) {
            MatchResult word = words.get(i);
            edited.append(text, copied, word.start()).append(wrong.contains(i) ? other(word.group(), random) : word.group());
            copied = word.end();
        }
        return edited.append(text, copied, text.length()).toString();
    }

    private static String other(String word, Random random) {
        List<String> choice = Questions.WORDS.stream().filter(each -> !each.equals(word)).toList();
        return choice.get(random.nextInt(choice.size()));
    }
}
