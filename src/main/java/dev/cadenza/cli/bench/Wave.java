package dev.cadenza.cli.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.DoubleStream;

/**
 * What clients saw that streamed one answer each at the same time.
 *
 * @param speed        tokens of all answers in a second, from the first request's start to the last text
 * @param firstTextMs  per client, ms from its request to its first text
 * @param gapsMs       between two texts of an answer, of all answers; 1 or more
 * @param tokens       per client, of its answer
 * @param promptTokens of the longest prompt, 0: the server does not tell
 */
record Wave(double speed, double[] firstTextMs, double[] gapsMs, int[] tokens, int promptTokens) {

    /** Asks all questions at once and waits for all answers. */
    static Wave run(ChatServer server, List<String> questions, int tokens) throws IOException, InterruptedException {
        List<CompletableFuture<StreamedAnswer>> asked = new ArrayList<>();
        for (String question : questions) {
            asked.add(server.ask(question, tokens));
        }
        List<StreamedAnswer> answers = new ArrayList<>();
        try {
            for (CompletableFuture<StreamedAnswer> answer : asked) {
                answers.add(answer.get());
            }
        } catch (ExecutionException e) {
            asked.forEach(answer -> answer.cancel(true));
            throw new IOException("%s: %s".formatted(server.endpoint().base(), e.getCause()), e.getCause());
        }
        return of(answers);
    }

    /** @throws IOException no answer has two pieces of text */
    static Wave of(List<StreamedAnswer> answers) throws IOException {
        long start = answers.stream().mapToLong(StreamedAnswer::sent).min().orElseThrow();
        long end = answers.stream().mapToLong(answer -> answer.texts().getLast()).max().orElseThrow();
        int[] tokens = answers.stream().mapToInt(StreamedAnswer::tokens).toArray();
        double[] gaps = answers.stream().flatMap(answer -> answer.gapsMs().stream()).flatMapToDouble(DoubleStream::of).toArray();
        if (gaps.length == 0) {
            throw new IOException("answers too short to measure");
        }
        return new Wave(Arrays.stream(tokens).sum() / ((end - start) / 1e9), answers.stream().mapToDouble(StreamedAnswer::firstTextMs).toArray(), gaps,
                tokens,
                answers.stream().mapToInt(StreamedAnswer::promptTokens).max().orElseThrow());
    }

    double firstText(double quantile) {
        return Summary.quantile(firstTextMs, quantile);
    }

    double gap(double quantile) {
        return Summary.quantile(gapsMs, quantile);
    }
}
