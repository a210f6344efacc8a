package dev.cadenza.decoding.cntp;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Fork;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Tally;
import dev.cadenza.decoding.TokenTraits;
import dev.cadenza.decoding.Turn;
import dev.cadenza.decoding.Turn.Gained;
import dev.cadenza.decoding.Turn.Source;
import dev.cadenza.engine.Draw;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Want;
import dev.cadenza.sampling.AnswerLaw;
import java.util.ArrayList;
import java.util.List;

/**
 * A turn draws one token; where its law is flat, the turn goes on: paths from the same place, each a branch of open nodes that grows by a row per
 * step, until all have ended. Trial 0 uses the random stream of {@code standard}. Device thread only.
 */
final class CntpDecoder implements Decoder {
    private final Cntp cntp;
    private final SequenceStart start;
    private final AnswerLaw law;
    private final TokenTraits tokens;
    private final Tally tally = new Tally();

    private Grant grant = Grant.PLAIN;
    /** Of the turn in hand; empty: it has not forked. */
    private final List<Path> paths = new ArrayList<>();
    private double entropy;
    private int nodes;
    private int longest;

    private int trials;
    private int dropped;
    private int capped;

    CntpDecoder(Cntp cntp, SequenceStart start) {
        this.cntp = cntp;
        this.start = start;
        this.law = new AnswerLaw(start.sampling(), start.prompt());
        this.tokens = start.surroundings().tokens();
    }

    @Override
    public Move next(Grant next) {
        if (paths.isEmpty()) {
            grant = next;
            return Move.plain(new Want.Sample(0, law.next(), draw(0, 0), start.topLogprobs(), start.trace() || cntp.maxTrials() > 1));
        }
        List<Path> open = openPaths();
        int[] draft = new int[open.size()];
        int[] parents = new int[open.size()];
        List<Want> wants = new ArrayList<>(open.size());
        for (int i = 0; i < draft.length; i++) {
            Path path = open.get(i);
            draft[i] = path.last();
            parents[i] = path.lastNode();
            wants.add(new Want.Sample(i, law.after(path.tokens(), path.length()), draw(path.length(), path.trial), start.topLogprobs(), true));
        }
        return new Move.Tokens(false, draft, parents, LayerSet.ALL, wants);
    }

    @Override
    public Turn accept(SegmentResult result) {
        tally.moved();
        List<Sampled> samples = result.samples();
        if (!paths.isEmpty()) {
            List<Path> open = openPaths();
            for (int i = 0; i < open.size(); i++) {
                open.get(i).nodes.add(nodes++);
                add(open.get(i), samples.get(i));
            }
            return openPaths().isEmpty() ? choose() : Turn.GOES_ON;
        }
        Sampled first = samples.getFirst();
        int wanted = first.uncertainty() == null || start.sampling().temperature() == 0 ? 1 : trials(first.uncertainty());
        int possible = possible(wanted);
        capped += possible < wanted ? 1 : 0;
        if (possible == 1) {
            law.append(first.token());
            tally.gained(0, 0);
            return Turn.plain(first);
        }
        longest = Math.min(cntp.maxTrialTokens(), grant.burst().tokens());
        for (int trial = 0; trial < possible; trial++) {
            Path path = new Path(trial);
            paths.add(path);
            add(path, trial == 0 ? first : first.uncertainty().again().apply(draw(0, trial)));
        }
        return openPaths().isEmpty() ? choose() : Turn.GOES_ON;
    }

    private int trials(Sampled.Uncertainty uncertainty) {
        entropy = cntp.entropyOn() == Cntp.EntropyOn.RAW ? uncertainty.rawEntropy() : uncertainty.entropy();
        return cntp.trials(entropy);
    }

    /** How many of the trials there is room for. */
    private int possible(int wanted) {
        int nodesPerPath = Math.min(cntp.maxTrialTokens(), grant.burst().tokens()) - 1;
        int fit = nodesPerPath <= 0 ? wanted : grant.burst().nodes() / nodesPerPath;
        return Math.max(1, Math.min(wanted, Math.min(fit, grant.burst().rows())));
    }

    private void add(Path path, Sampled sampled) {
        path.sampled.add(sampled);
        path.ended = tokens.ends(sampled.token()) || tokens.endsClause(sampled.token()) || path.length() == longest
                || start.end().within(path.tokens());
    }

    private List<Path> openPaths() {
        return paths.stream().filter(path -> !path.ended).toList();
    }

    private Turn choose() {
        Path best = paths.getFirst();
        for (Path path : paths) {
            best = path.meanLogprob() > best.meanLogprob() ? path : best;
        }
        trials += paths.size();
        for (Path path : paths) {
            dropped += path == best ? 0 : path.length();
        }
        Fork fork = new Fork(entropy, paths.stream().map(Path::trial).toList(), best.trial);
        List<Gained> gained = best.sampled.stream().map(sampled -> new Gained(sampled, Source.TRIAL)).toList();
        for (Gained token : gained) {
            law.append(token.sampled().token());
        }
        tally.gainedTogether(gained.size());
        int[] kept = best.nodes.stream().mapToInt(i -> i).toArray();
        forget();
        return new Turn(0, kept, gained, fork);
    }

    private void forget() {
        paths.clear();
        nodes = 0;
    }

    private Draw draw(int behind, int trial) {
        return start.draw(tally.tokens() + behind, trial);
    }

    @Override
    public void interrupted() {
        forget();
    }

    @Override
    public DecodingReport report(int behindTheEnd) {
        return tally.report(Cntp.NAME, start, null, behindTheEnd).withTrials(trials, dropped, capped);
    }

    /** A trial as far as it has come: tokens, and a node for each but the last. */
    private static final class Path {
        private final int trial;
        private final List<Sampled> sampled = new ArrayList<>();
        private final List<Integer> nodes = new ArrayList<>();
        private boolean ended;

        Path(int trial) {
            this.trial = trial;
        }

        int length() {
            return sampled.size();
        }

        int last() {
            return sampled.getLast().token();
        }

        int lastNode() {
            return nodes.isEmpty() ? -1 : nodes.getLast();
        }

        int[] tokens() {
            return sampled.stream().mapToInt(Sampled::token).toArray();
        }

        double meanLogprob() {
            return sampled.stream().mapToDouble(token -> token.uncertainty().logprob()).sum() / sampled.size();
        }

        Fork.Trial trial() {
            return new Fork.Trial(tokens(), sampled.stream().mapToDouble(token -> token.uncertainty().logprob()).toArray());
        }
    }
}
