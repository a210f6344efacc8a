package dev.cadenza.scheduler;

import dev.cadenza.decoding.cntp.Cntp;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The oracle of CNTP: what an answer goes on with, path after path, token by token. */
final class CautiousPath {
    private CautiousPath() {
    }

    static List<Sampled> next(Cntp cntp, GenerationRequest request, int choice, List<Integer> said, ToyEngine engine, Tokenizer tokenizer) {
        Sampled first = PlainAnswer.next(request, choice, said, 0, engine);
        int longest = Math.min(cntp.maxTrialTokens(), request.maxTokens() - said.size());
        int trials = request.sampling().temperature() == 0 ? 1 : trials(cntp, first);
        if (longest > 1) {
            trials = Math.max(1, Math.min(trials, (engine.shape().context() - request.prompt().length - said.size()) / (longest - 1)));
        }
        if (trials == 1) {
            return List.of(first);
        }
        List<Sampled> best = null;
        double highest = Double.NEGATIVE_INFINITY;
        for (int trial = 0; trial < trials; trial++) {
            List<Sampled> path = path(request, choice, said, trial, longest, engine, tokenizer);
            double mean = path.stream().mapToDouble(token -> token.uncertainty().logprob()).sum() / path.size();
            if (mean > highest) {
                highest = mean;
                best = path;
            }
        }
        return best;
    }

    private static int trials(Cntp cntp, Sampled first) {
        double entropy = cntp.entropyOn() == Cntp.EntropyOn.RAW ? first.uncertainty().rawEntropy() : first.uncertainty().entropy();
        double share = (entropy - cntp.minEntropy()) / (cntp.maxEntropy() - cntp.minEntropy());
        return (int) Math.floor(1 + (cntp.maxTrials() - 1) * Math.max(0, Math.min(1, share)));
    }

    private static List<Sampled> path(GenerationRequest request, int choice, List<Integer> said, int trial, int longest, ToyEngine engine,
            Tokenizer tokenizer) {
        List<Integer> known = new ArrayList<>(said);
        List<Sampled> path = new ArrayList<>();
        do {
            path.add(PlainAnswer.next(request, choice, known, trial, engine));
            known.add(path.getLast().token());
        } while (path.size() < longest && !ends(path.getLast().token(), tokenizer) && !PlainAnswer.stops(known, request, tokenizer));
        return path;
    }

    private static boolean ends(int token, Tokenizer tokenizer) {
        return tokenizer.endTokens().contains(token) || new String(tokenizer.bytes(token), StandardCharsets.US_ASCII).stripTrailing().matches("(?s).*[.,?!:;)\\]}]");
    }
}
