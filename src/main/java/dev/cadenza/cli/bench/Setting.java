package dev.cadenza.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A strategy with its parameters at a temperature, whose quality is told.
 *
 * @param temperature 0: greedy
 */
record Setting(Candidate candidate, float temperature) {
    private static final float GREEDY = 0;
    private static final float SAMPLED = 0.7f;
    private static final List<Double> SPEEDUPS = List.of(1.1, 1.25, 1.5, 2.0);
    /** Shares of the layers at the answer's end and at its beginning. */
    private static final List<Map.Entry<Double, Double>> DEPTHS = List.of(Map.entry(0.8, 1.0), Map.entry(2 / 3.0, 1.0), Map.entry(0.4, 0.6));
    private static final List<String> DIFFICULTIES = List.of("easy", "normal", "hard");
    private static final int FEW_TRIALS = 4;

    /**
     * Those that are compared, {@code standard} first at each temperature. SkipDecode's depth falls over a whole answer, so that an answer of this
     * length has the depths that the name says.
     *
     * @param layers of the model
     * @param tokens longest answer
     */
    static List<Setting> all(int layers, int tokens) {
        List<Candidate> greedy = new ArrayList<>(List.of(Candidate.STANDARD));
        greedy.addAll(speedups(tokens));
        greedy.addAll(depths(layers, tokens));
        greedy.add(Candidate.named("momentum"));
        greedy.add(Candidate.named("cyclic_reflex"));
        DIFFICULTIES.forEach(name -> greedy.add(Candidate.with("diff_adapt class=" + name, "diff_adapt", Map.of("class", name))));
        List<Candidate> sampled = new ArrayList<>(List.of(Candidate.STANDARD));
        sampled.addAll(speedups(tokens));
        sampled.addAll(cntp());
        sampled.add(Candidate.named("cyclic_reflex"));
        List<Setting> settings = new ArrayList<>();
        greedy.forEach(candidate -> settings.add(new Setting(candidate, GREEDY)));
        sampled.forEach(candidate -> settings.add(new Setting(candidate, SAMPLED)));
        return settings;
    }

    /** At its defaults, and with few trials. */
    static List<Candidate> cntp() {
        return List.of(Candidate.named("cntp"), Candidate.with("cntp max_trials=" + FEW_TRIALS, "cntp", Map.of("max_trials", FEW_TRIALS)));
    }

    private static List<Candidate> speedups(int tokens) {
        return SPEEDUPS.stream().map(speedup -> Candidate.with("skip_decode target_speedup=" + speedup, "skip_decode",
                Map.of("target_speedup", speedup, "decay_tokens", tokens))).toList();
    }

    private static List<Candidate> depths(int layers, int tokens) {
        return DEPTHS.stream().map(depth -> {
            int least = Math.max(1, (int) Math.round(depth.getKey() * layers));
            int most = Math.max(least, (int) Math.round(depth.getValue() * layers));
            return Candidate.with("skip_decode layers %d-%d".formatted(least, most), "skip_decode",
                    Map.of("min_layers", least, "max_layers", most, "decay_tokens", tokens));
        }).toList();
    }
}
