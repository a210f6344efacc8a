package dev.cadenza.scheduler;

import static dev.cadenza.scheduler.Requests.aRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.cntp.Cntp;
import dev.cadenza.decoding.cntp.Cntp.EntropyOn;
import dev.cadenza.decoding.cntp.Cntp.OnPressure;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.tokenizer.ToyTokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Trials in a running batch; that every answer is its oracle's, SchedulerPropertyTest shows. */
class CntpLoopTest {
    private static final Cntp CAUTIOUS = new Cntp(4, 0.01, 1, 5, EntropyOn.PROCESSED, OnPressure.WAIT);
    private static final SamplingParameters WARM = new SamplingParameters(1, 0, 1, 0, 0, 0, 1, Map.of(ToyTokenizer.END, -100f));

    @Test
    void theTraceHoldsEveryTrialAndTheKeptOneIsTheLikeliestPerToken() {
        RecordingListener listener = run(new LoopRig(engine(400), LoopRig.SETTINGS), CAUTIOUS, WARM, 60);

        Finish finish = listener.finishes.get(0);
        int[] answer = finish.trace().stream().mapToInt(Finish.Traced::token).toArray();
        int trials = 0;
        int dropped = 0;
        assertThat(finish.forks()).hasSizeGreaterThan(3);
        for (Finish.TracedFork fork : finish.forks()) {
            double[] means = fork.logprobs().stream().mapToDouble(logprobs -> DoubleStream.of(logprobs).average().orElseThrow()).toArray();
            int best = IntStream.range(0, means.length).reduce(0, (a, b) -> means[b] > means[a] ? b : a);
            int[] kept = fork.tokens().get(fork.kept());
            assertThat(fork.kept()).isEqualTo(best);
            assertThat(fork.tokens()).hasSizeBetween(2, 4).allSatisfy(path -> assertThat(path).hasSizeBetween(1, 5));
            assertThat(Arrays.copyOfRange(answer, fork.at(), Math.min(answer.length, fork.at() + kept.length))).isEqualTo(kept);
            trials += fork.tokens().size();
            dropped += fork.tokens().stream().mapToInt(path -> path.length).sum() - kept.length;
        }
        assertThat(finish.report().trials()).isEqualTo(trials);
        assertThat(finish.report().droppedTokens()).isEqualTo(dropped).isPositive();
        assertThat(finish.report().trialsCapped()).isZero();
        assertThat(finish.completionTokens()).isEqualTo(answer.length).isEqualTo(60);
    }

    @Test
    void aTrialEndsWhereAStopStringIsComplete() {
        int cutShort = 0;
        int endedByStop = 0;
        for (int seed = 0; seed < 60; seed++) {
            // "abc" and its like cross the boundaries of tokens; at times the stop string began before the fork
            String stop = List.of("ab", "cde", "bb", "c a").get(seed % 4);
            Requests request = aRequest().sampling(WARM).seed(seed).maxTokens(40).stops(stop).strategy(CAUTIOUS);
            RecordingListener listener = new RecordingListener(1);
            LoopRig rig = new LoopRig(engine(400), LoopRig.SETTINGS);
            rig.submit(request.traced(), listener);
            rig.submit(aRequest().sampling(WARM).seed(seed).maxTokens(40).strategy(CAUTIOUS));
            rig.finish();

            PlainAnswer alone = PlainAnswer.of(request.build(), 0, engine(400), new ToyTokenizer());
            Finish finish = listener.finishes.get(0);
            int[] answer = finish.trace().stream().mapToInt(Finish.Traced::token).toArray();
            assertThat(answer).as("seed %d", seed).isEqualTo(alone.tokens());
            assertThat(listener.text(0)).isEqualTo(alone.text()).doesNotContain(stop);
            for (Finish.TracedFork fork : finish.forks()) {
                for (int[] path : fork.tokens()) {
                    int[] whole = IntStream.concat(Arrays.stream(answer, 0, fork.at()), IntStream.of(path)).toArray();
                    int stoppedAt = IntStream.rangeClosed(fork.at(), whole.length).filter(end -> text(whole, end).contains(stop)).findFirst().orElse(-1);
                    assertThat(stoppedAt == -1 ? path.length == Math.min(5, 40 - fork.at()) : stoppedAt == whole.length)
                            .as("seed %d: %s", seed, Arrays.toString(whole)).isTrue();
                    cutShort += stoppedAt >= 0 ? 1 : 0;
                }
            }
            endedByStop += finish.stopString() != null && answer[answer.length - 1] != ToyTokenizer.END && finish.report().trials() > 0 ? 1 : 0;
        }
        assertThat(cutShort).isGreaterThan(60);
        assertThat(endedByStop).isGreaterThan(10);
    }

    private static String text(int[] tokens, int count) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        IntStream.range(0, count).forEach(i -> bytes.writeBytes(new ToyTokenizer().bytes(tokens[i])));
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void oneTrialAndGreedyAreStandard() {
        for (SamplingParameters sampling : List.of(WARM, new SamplingParameters(0, 0, 1, 0, 0, 0, 1, Map.of(ToyTokenizer.END, -100f)))) {
            int trials = sampling.temperature() == 0 ? 4 : 1;
            LoopRig rig = new LoopRig(engine(400), LoopRig.SETTINGS);
            RecordingListener cautious = run(rig, new Cntp(trials, 0.01, 1, 5, EntropyOn.RAW, OnPressure.WAIT), sampling, 40);
            RecordingListener standard = rig.submit(aRequest().sampling(sampling).maxTokens(40));
            rig.finish();

            assertThat(cautious.text(0)).isEqualTo(standard.text(0));
            assertThat(cautious.finishes.get(0).report().trials()).isZero();
        }
    }

    @Test
    void whoWaitsForRoomKeepsOthersInLineAndWhoDegradesSaysSo() {
        // Five places: one cautious sequence takes four of them, the next has to wait.
        SchedulerSettings places = new SchedulerSettings(5, 1000, 8, 16, 256, Duration.ofSeconds(60), Duration.ZERO, false, false);
        LoopRig rig = new LoopRig(engine(400), places);
        RecordingListener first = rig.submit(aRequest().sampling(WARM).maxTokens(30).strategy(CAUTIOUS));
        RecordingListener second = rig.submit(aRequest().sampling(WARM).maxTokens(30).strategy(CAUTIOUS));
        rig.round();
        assertThat(first.admitted).isTrue();
        assertThat(second.admitted).isFalse();
        rig.finish();
        assertThat(second.text(0)).isEqualTo(first.text(0));

        Cntp degrading = new Cntp(4, 0.01, 1, 5, EntropyOn.PROCESSED, OnPressure.DEGRADE);
        RecordingListener[] crowd = IntStream.range(0, 5).mapToObj(i -> rig.submit(aRequest().sampling(WARM).maxTokens(30).strategy(degrading)))
                .toArray(RecordingListener[]::new);
        rig.finish();
        assertThat(Arrays.stream(crowd).mapToInt(listener -> listener.finishes.get(0).report().trialsCapped()).sum()).isPositive();
    }

    private static ToyEngine engine(int slots) {
        return new ToyEngine(ToyEngine.shape(10, 200, slots), 3, ToyEngine.Faults.NONE);
    }

    private static RecordingListener run(LoopRig rig, Cntp cntp, SamplingParameters sampling, int tokens) {
        RecordingListener listener = new RecordingListener(1);
        rig.submit(new GenerationRequest("test", new int[] {1, 2, 3, 1, 2}, 1, tokens, sampling, 5, -1, List.of(), cntp, "request", true, "", null),
                listener);
        rig.finish();
        return listener;
    }
}
