package dev.cadenza.cli.bench;

import dev.cadenza.cli.bench.Answers.Answer;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.scheduler.GenerationRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/**
 * Measures one batch in which every request names another strategy, beside the same requests all by {@code standard}, and compares each answer with
 * the one that the request gets when it is alone. One thread.
 */
final class MixedBench {
    private static final int BATCH = 8;
    private static final float TEMPERATURE = 0.7f;

    /** @param tokens longest answer */
    record Plan(List<Candidate> candidates, int tokens) {
    }

    private final BenchModel model;
    private final SchedulerClient client;
    private final Plan plan;
    private final QuietRuns runs;
    private final Consumer<String> progress;
    private final Consumer<String> notes;
    private final List<Candidate> candidates = new ArrayList<>();
    private final List<GenerationRequest> mixed = new ArrayList<>();
    private final List<GenerationRequest> plain = new ArrayList<>();

    /**
     * @param progress told of what was measured
     * @param notes    told of what a reader must know
     */
    MixedBench(BenchModel model, SchedulerClient client, Plan plan, QuietRuns runs, Consumer<String> progress, Consumer<String> notes) {
        this.model = model;
        this.client = client;
        this.plan = plan;
        this.runs = runs;
        this.progress = progress;
        this.notes = notes;
    }

    /** One of each, and drafts whose answers do not depend on what others leave to them. */
    static List<Candidate> candidates() {
        return List.of("standard", "prompt_lookup", "early_exit", "skip_decode", "cntp", "momentum", "cyclic_reflex", "diff_adapt").stream()
                .map(Candidate::named).toList();
    }

    /** @throws IOException an answer failed */
    List<MixedFigure> run() throws Exception {
        prepare();
        List<Answer> alone = new ArrayList<>();
        for (GenerationRequest request : mixed) {
            alone.addAll(client.ask(List.of(request)).answers());
        }
        client.ask(plain);
        client.ask(mixed);
        Runs<Pair> measured = runs.measure(() -> new Pair(client.ask(mixed), client.ask(plain), 0, true));
        List<MixedFigure> figures = new ArrayList<>();
        for (int i = 0; i < mixed.size(); i++) {
            int at = i;
            List<Answer> answers = measured.values().stream().map(pair -> pair.own().answers().get(at)).toList();
            int same = (int) answers.stream().filter(answer -> answer.sameBytes(alone.get(at))).count();
            figures.add(new MixedFigure(candidates.get(i).name(), null, null, answers.stream().mapToInt(Answer::tokens).sum(), answers.size(), same,
                    measured.thrownAway(), measured.quiet()));
        }
        MixedFigure together = together(measured, figures);
        figures.add(together);
        progress.accept("all strategies at once: %s times standard, %s as alone".formatted(Table.digits(together.ratio().median()),
                Table.of(together.same(), together.answers())));
        return figures;
    }

    private static MixedFigure together(Runs<Pair> measured, List<MixedFigure> single) {
        return new MixedFigure(null, Summary.of(measured.values().stream().mapToDouble(pair -> pair.own().speed()).toArray()),
                Summary.of(measured.values().stream().mapToDouble(Pair::ratio).toArray()), single.stream().mapToInt(MixedFigure::tokens).sum(),
                single.stream().mapToInt(MixedFigure::answers).sum(), single.stream().mapToInt(MixedFigure::same).sum(), measured.thrownAway(),
                measured.quiet());
    }

    /** Eight requests; where there are fewer strategies, the first ones again. */
    private void prepare() throws IOException {
        List<String> questions = Workload.CHAT.questions(BATCH);
        List<Candidate> possible = new ArrayList<>(plan.candidates());
        while (mixed.size() < BATCH) {
            Candidate candidate = possible.get(mixed.size() % possible.size());
            float temperature = candidate.name().equals("momentum") ? 0 : TEMPERATURE;
            var request = BenchRequest.of(model, "mixed-" + mixed.size(), questions.get(mixed.size()), plan.tokens(), temperature, mixed.size());
            try {
                mixed.add(request.plain(request.select(model, candidate.decoding(), null).strategy()));
                plain.add(request.plain(request.select(model, Candidate.STANDARD.decoding(), null).strategy()));
                candidates.add(candidate);
            } catch (InvalidDecoding e) {
                notes.accept("%s is not in the mixed batch: %s".formatted(candidate.name(), e.getMessage()));
                possible.removeAll(Collections.singleton(candidate));
                if (possible.isEmpty()) {
                    throw new IOException("no strategy for a mixed batch", e);
                }
            }
        }
    }
}
