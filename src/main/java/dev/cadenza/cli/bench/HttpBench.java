package dev.cadenza.cli.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Measures running servers through their streams: a wave of clients on ours, then the same questions on the peer, then the engine alone, and again.
 * A quantile is taken over one wave, its median and spread over the waves. One thread.
 */
final class HttpBench {
    private static final String SPEED = "speed";
    private static final String FIRST_TEXT = "first text p50";
    private static final String GAP = "gap p50";

    private final ChatServer ours;
    private final Optional<ChatServer> peer;
    private final Optional<EngineAlone> engine;
    private final QuietRuns runs;
    private final Questions questions;
    private final int tokens;
    private final Consumer<Figure> figures;
    private final Consumer<String> notes;
    private final List<Integer> lengthsOfOurs = new ArrayList<>();
    private final List<Integer> lengthsOfPeer = new ArrayList<>();

    /** @param tokens asked of each answer, 2 or more */
    HttpBench(ChatServer ours, Optional<ChatServer> peer, Optional<EngineAlone> engine, QuietRuns runs, Questions questions, int tokens,
            Consumer<Figure> figures, Consumer<String> notes) {
        this.ours = ours;
        this.peer = peer;
        this.engine = engine;
        this.runs = runs;
        this.questions = questions;
        this.tokens = tokens;
        this.figures = figures;
        this.notes = notes;
    }

    /** One round: each wave, the peer's and the engine's {@code null} where there is none. */
    private record Round(Wave ours, Wave peer, EngineAlone.Times engine) {
    }

    /** @param levels numbers of clients that stream at once, each 1 or more */
    void run(List<Integer> levels) throws Exception {
        for (int clients : levels) {
            level(clients);
        }
        noteShortAnswers("ours", lengthsOfOurs);
        noteShortAnswers("the peer", lengthsOfPeer);
    }

    private void noteShortAnswers(String whose, List<Integer> lengths) {
        long shorter = lengths.stream().filter(length -> length < tokens).count();
        if (shorter > 0) {
            notes.accept("%s: %d of %d answers were shorter than the %d tokens asked for, the shortest %d; "
                    .concat("speed counts the tokens that came").formatted(whose,
                    shorter, lengths.size(), tokens, Collections.min(lengths)));
        }
    }

    private void level(int clients) throws Exception {
        Round warmUp = round(clients, Optional.empty());
        Optional<EngineAlone.Load> load = engine.isEmpty() ? Optional.empty() : Optional.of(engine.get().load(clients,
                warmUp.ours().promptTokens(), tokens));
        try {
            Runs<Round> rounds = runs.measure(() -> round(clients, load));
            String suffix = clients == 1 ? ", 1 client" : ", %d clients".formatted(clients);
            server("ours" + suffix, rounds, Round::ours);
            if (peer.isPresent()) {
                server("peer" + suffix, rounds, Round::peer);
                ratio(rounds, suffix, SPEED, round -> round.ours().speed() / round.peer().speed());
                ratio(rounds, suffix, FIRST_TEXT, round -> round.peer().firstText(0.5) / round.ours().firstText(0.5));
                ratio(rounds, suffix, GAP, round -> round.peer().gap(0.5) / round.ours().gap(0.5));
            }
            if (load.isPresent()) {
                gateway(rounds, suffix, clients);
            }
        } finally {
            load.ifPresent(EngineAlone.Load::close);
        }
    }

    private Round round(int clients, Optional<EngineAlone.Load> load) throws Exception {
        List<String> asked = questions.next(clients);
        Wave mine = Wave.run(ours, asked, tokens);
        Arrays.stream(mine.tokens()).forEach(lengthsOfOurs::add);
        Wave theirs = peer.isEmpty() ? null : Wave.run(peer.get(), asked, tokens);
        if (theirs != null) {
            Arrays.stream(theirs.tokens()).forEach(lengthsOfPeer::add);
        }
        return new Round(mine, theirs, load.isEmpty() ? null : load.get().measure());
    }

    private void server(String work, Runs<Round> rounds, Function<Round, Wave> wave) {
        figure(rounds, work, SPEED, "tokens/s", round -> wave.apply(round).speed());
        figure(rounds, work, FIRST_TEXT, "ms", round -> wave.apply(round).firstText(0.5));
        figure(rounds, work, "first text p95", "ms", round -> wave.apply(round).firstText(0.95));
        figure(rounds, work, GAP, "ms", round -> wave.apply(round).gap(0.5));
        figure(rounds, work, "gap p95", "ms", round -> wave.apply(round).gap(0.95));
    }

    /** Above 1 is better for us, whatever the figure. */
    private void ratio(Runs<Round> rounds, String suffix, String name, ToDoubleFunction<Round> value) {
        String work = "ours to peer" + suffix;
        if (rounds.values().stream().mapToDouble(value).allMatch(Double::isFinite)) {
            figure(rounds, work, name, "x", value);
        } else {
            notes.accept("%s: no ratio of %s, as a server sent many texts at once".formatted(work, name));
        }
    }

    private void gateway(Runs<Round> rounds, String suffix, int clients) {
        figure(rounds, "gateway" + suffix, "per step", "ms", round -> round.ours().gap(0.5) - round.engine().stepMs());
        figure(rounds, "gateway" + suffix, "per token", "us", round -> 1_000 * (round.ours().gap(0.5) - round.engine().stepMs()) / clients);
        if (clients == 1) {
            figure(rounds, "gateway" + suffix, "per request", "ms", round -> round.ours().firstText(0.5) - round.engine().prefillMs());
        }
    }

    private void figure(Runs<Round> rounds, String work, String name, String unit, ToDoubleFunction<Round> value) {
        figures.accept(rounds.figure(work, name, unit, value));
    }
}
