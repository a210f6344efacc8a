package dev.cadenza.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow.Subscription;
import org.junit.jupiter.api.Test;

class StreamedAnswerTest {
    private static final String ROLE = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}";
    private static final String TEXT = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word\"}}],\"usage\":null}";
    private static final String THOUGHT = "data:{\"choices\":[{\"index\":0,\"delta\":{\"content\":null,\"reasoning_content\":\"hm\"}}]}";
    private static final String USAGE = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":40,\"completion_tokens\":7}}";
    private static final String DONE = "data: [DONE]";

    @Test
    void onlyEventsWithTextCount() throws Exception {
        // when
        StreamedAnswer answer = read(ROLE, "", ": keep-alive", "", TEXT, "", THOUGHT, "", TEXT, "", USAGE, "", DONE, "", TEXT);

        // then
        assertThat(answer.firstTextMs()).isEqualTo(5);
        assertThat(answer.gapsMs()).containsExactly(2.0, 2.0);
        assertThat(answer.tokens()).isEqualTo(7);
        assertThat(answer.promptTokens()).isEqualTo(40);
    }

    @Test
    void withoutUsageThePiecesAreCounted() throws Exception {
        StreamedAnswer answer = read(TEXT, TEXT, DONE);

        assertThat(answer.tokens()).isEqualTo(2);
        assertThat(answer.promptTokens()).isZero();
    }

    @Test
    void brokenStreamsAreErrors() {
        assertThatThrownBy(() -> read(TEXT, TEXT)).isInstanceOf(IOException.class).hasMessageContaining("[DONE]");
        assertThatThrownBy(() -> read(ROLE, DONE)).isInstanceOf(IOException.class).hasMessage("an answer without text");
        assertThatThrownBy(() -> read(TEXT, "data: {\"error\":{\"message\":\"out of memory\"}}")).isInstanceOf(IOException.class)
                .hasMessageContaining("out of memory");
        assertThatThrownBy(() -> read("data: {\"choices\"")).isInstanceOf(IOException.class).hasMessageContaining("not a chunk");
    }

    @Test
    void aWaveCountsFromItsFirstRequestToItsLastText() throws Exception {
        // given
        var early = new StreamedAnswer(1_000_000, List.of(11_000_000L, 31_000_000L), 30, 5);
        var late = new StreamedAnswer(2_000_000, List.of(32_000_000L, 42_000_000L, 101_000_000L), 20, 6);

        // when
        Wave wave = Wave.of(List.of(early, late));

        // then
        assertThat(wave.speed()).isCloseTo(500, within(1e-9));
        assertThat(wave.firstText(0.5)).isEqualTo(20);
        assertThat(wave.gapsMs()).containsExactly(20, 10, 59);
        assertThat(wave.gap(0.5)).isEqualTo(20);
        assertThat(wave.tokens()).containsExactly(30, 20);
        assertThat(wave.promptTokens()).isEqualTo(6);
    }

    @Test
    void aWaveWithoutGapsIsAnError() {
        assertThatThrownBy(() -> Wave.of(List.of(new StreamedAnswer(0, List.of(1L), 1, 1)))).isInstanceOf(IOException.class)
                .hasMessageContaining("too short");
    }

    @Test
    void linesAreCutWhereverTheNetworkCutsThem() {
        // given
        var recorder = new ArrivalRecorder();
        recorder.onSubscribe(new Cancelled());

        // when
        recorder.onNext(List.of(bytes("data: gr"), bytes("\u00fc\u00df")));
        recorder.onNext(List.of(bytes("e\r\n\nlast")));
        recorder.onComplete();

        // then
        var arrivals = recorder.getBody().toCompletableFuture().join();
        assertThat(arrivals).extracting(Arrival::line).containsExactly("data: gr\u00fc\u00dfe", "", "last");
        assertThat(arrivals).extracting(Arrival::nanos).isSorted();
    }

    @Test
    void anEndlessAnswerIsCutOff() {
        // given
        var recorder = new ArrivalRecorder();
        var subscription = new Cancelled();
        recorder.onSubscribe(subscription);

        // when
        recorder.onNext(List.of(ByteBuffer.allocate(ArrivalRecorder.MOST_BYTES + 1)));

        // then
        assertThat(subscription.cancelled).isTrue();
        assertThat(recorder.getBody().toCompletableFuture()).isCompletedExceptionally();
    }

    @Test
    void questionsDifferFromTheirBeginningAndComeAgainInTheSameOrder() {
        // when
        List<String> questions = new Questions(30).next(50);

        // then
        assertThat(questions.stream().map(question -> question.substring(0, 12))).doesNotHaveDuplicates();
        assertThat(new Questions(30).next(50)).isEqualTo(questions);
    }

    private static StreamedAnswer read(String... lines) throws IOException {
        List<Arrival> arrivals = new ArrayList<>();
        for (int i = 0; i < lines.length; i++) {
            arrivals.add(new Arrival((i + 1) * 1_000_000L, lines[i]));
        }
        return StreamedAnswer.read(0, arrivals);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static final class Cancelled implements Subscription {
        private boolean cancelled;

        @Override
        public void request(long count) {
            assertThat(count).isPositive();
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }
}
