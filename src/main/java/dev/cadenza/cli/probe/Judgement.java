package dev.cadenza.cli.probe;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How good a task's answers are. */
final class Judgement {
    private Judgement() {
    }

    /**
     * @param answers at least one
     * @return share of right answers; of a task without one, share of the answers that come to what most of them come to
     */
    static double accuracy(Task task, List<String> answers) {
        if (task.answer() == null) {
            Map<String, Integer> votes = new HashMap<>();
            answers.forEach(answer -> votes.merge(AnswerText.conclusion(answer), 1, Integer::sum));
            return (double) votes.values().stream().mapToInt(Integer::intValue).max().orElseThrow() / answers.size();
        }
        return (double) answers.stream().filter(answer -> task.check().accepts(answer, task.answer())).count() / answers.size();
    }
}
