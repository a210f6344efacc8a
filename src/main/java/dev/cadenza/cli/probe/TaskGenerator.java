package dev.cadenza.cli.probe;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Makes task sets: the kinds in turn, no question twice. A shorter set is how a longer one of the same seed begins, so that more questions can be
 * asked later without asking the first again.
 */
final class TaskGenerator {
    /** Of a kind; the poorest kinds have about 300 questions. */
    static final int MOST_OF_A_KIND = 200;
    static final int MOST = MOST_OF_A_KIND * TaskKind.values().length;

    private TaskGenerator() {
    }

    /** @param count 1 .. {@link #MOST} */
    static List<Task> tasks(int count, long seed) {
        TaskKind[] kinds = TaskKind.values();
        List<List<Task>> byKind = new ArrayList<>();
        for (TaskKind kind : kinds) {
            byKind.add(ofKind(kind, (count + kinds.length - 1) / kinds.length, seed));
        }
        List<Task> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tasks.add(byKind.get(i % kinds.length).get(i / kinds.length));
        }
        return tasks;
    }

    private static List<Task> ofKind(TaskKind kind, int count, long seed) {
        if (count > MOST_OF_A_KIND) {
            throw new IllegalArgumentException("at most %d questions, got more".formatted(MOST));
        }
        var random = new Random(seed * TaskKind.values().length + kind.ordinal());
        Set<String> asked = new HashSet<>();
        List<Task> tasks = new ArrayList<>();
        while (tasks.size() < count) {
            TaskKind.Made made = kind.make(random);
            if (kind.usable(made) && asked.add(made.question())) {
                tasks.add(new Task("%s-%04d".formatted(kind.wireName(), tasks.size() + 1), kind.wireName(), made.question(), made.answer(), kind.check()));
            }
        }
        return tasks;
    }
}
