package dev.cadenza.cli.probe;

import dev.cadenza.decoding.difficulty.Difficulty;
import dev.cadenza.decoding.difficulty.Probe;
import dev.cadenza.decoding.difficulty.ProbeFile;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.IntConsumer;

/** A probe and how good it is, from measured questions. */
record TrainedProbe(ProbeFile file, ProbeReport report) {

    /**
     * How to label and learn.
     *
     * @param beta empty: read off the questions
     */
    record Plan(double alpha, OptionalDouble beta, double gamma, int epochs, long seed) {
        private LabellingRule rule(List<Measured> questions) {
            return beta.isPresent() ? new LabellingRule(alpha, beta.getAsDouble(), gamma) : LabellingRule.readOff(alpha, gamma, questions);
        }

        private String ruleOfBeta() {
            return beta.isPresent() ? "given" : "median entropy of the questions with an accuracy of alpha or more";
        }
    }

    /**
     * @param questions in an order of their own, on which the outcome depends
     * @param settings  of the measurement, for the report
     * @param epoch     told after each epoch how many there were
     * @throws IllegalArgumentException a class has too few questions to be learned
     */
    static TrainedProbe of(List<Measured> questions, Plan plan, String modelSha256, String promptsSha256, Map<String, Object> settings,
            IntConsumer epoch) {
        LabellingRule rule = plan.rule(questions);
        int[] labels = ProbeReport.labels(questions, rule);
        refuseTooFew(labels, rule);
        List<Example> examples = questions.stream()
                .map(question -> new Example(question.state(), rule.label(question.accuracy(), question.entropy()))).toList();
        Split split = Split.of(examples, plan.seed());
        Probe probe = new ProbeTraining(plan.epochs(), plan.seed()).train(split.training(), epoch, modelSha256, promptsSha256);
        Difficulty majority = majority(split.training());
        var report = new ProbeReport(with(settings, plan), rule, plan.ruleOfBeta(), labels, questions.stream().mapToLong(Measured::tokens).sum(),
                Confusion.of(split.training(), probe), Confusion.of(split.heldOut(), probe), majority, Confusion.of(split.heldOut(), _ -> majority),
                ProbeReport.kinds(questions, rule), ProbeReport.warnings(labels));
        return new TrainedProbe(new ProbeFile(probe, plan.seed(), report.json()), report);
    }

    private static Map<String, Object> with(Map<String, Object> settings, Plan plan) {
        Map<String, Object> all = new LinkedHashMap<>(settings);
        all.put("epochs", plan.epochs());
        all.put("mlp", ProbeTraining.MLP);
        all.put("batch", ProbeTraining.BATCH);
        all.put("learning_rate", ProbeTraining.LEARNING_RATE);
        all.put("weight_decay", ProbeTraining.WEIGHT_DECAY);
        return all;
    }

    private static void refuseTooFew(int[] labels, LabellingRule rule) {
        for (Difficulty difficulty : Difficulty.values()) {
            int own = labels[difficulty.ordinal()];
            if (own < Split.LEAST_OF_A_CLASS) {
                throw new IllegalArgumentException("%s has %d of %d labels (alpha %s, beta %.3f, gamma %s) and needs %d: ask more questions, or move "
                        .formatted(difficulty.wireName(), own, Arrays.stream(labels).sum(), rule.alpha(), rule.beta(), rule.gamma(),
                                Split.LEAST_OF_A_CLASS) + "--alpha, --beta or --gamma");
            }
        }
    }

    /** The first of equals. */
    private static Difficulty majority(List<Example> examples) {
        int[] counts = new int[Difficulty.values().length];
        examples.forEach(example -> counts[example.label().ordinal()]++);
        Difficulty most = Difficulty.EASY;
        for (Difficulty difficulty : Difficulty.values()) {
            most = counts[difficulty.ordinal()] > counts[most.ordinal()] ? difficulty : most;
        }
        return most;
    }
}
