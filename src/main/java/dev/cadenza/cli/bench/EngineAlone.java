package dev.cadenza.cli.bench;

import dev.cadenza.engine.Engine;
import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.StepFailed;
import java.io.IOException;

/**
 * The engine in this process doing what a server's engine does for a wave of clients, to tell what the server adds. Device thread only.
 *
 * @param chunk prompt tokens of one step, as the server is configured
 */
record EngineAlone(Engine engine, StepTimer timer, int chunk) {

    /**
     * @param stepMs    median of one next token for every client's sequence, halfway through the answers
     * @param prefillMs one prompt to its first token
     */
    record Times(double stepMs, double prefillMs) {
    }

    /**
     * Opens the sequences of a wave.
     *
     * @throws IOException the server did not tell how long its prompts are, or sequences that long do not fit
     */
    Load load(int clients, int promptTokens, int answerTokens) throws IOException, StepFailed {
        if (promptTokens == 0) {
            throw new IOException("--with-engine: the server reports no usage, so that the length of its prompts is unknown");
        }
        int settled = promptTokens + answerTokens / 2;
        FilledRegions regions = null;
        try {
            regions = new FilledRegions(engine, clients, settled, 1, chunk);
            var prompt = new FilledRegions(engine, 1, 0, promptTokens, chunk);
            FilledRegions sequences = regions;
            StepTimer.Work step = () -> sequences.step(clients, 1);
            return new Load(sequences, prompt, timer, step, timer.calls(step), () -> prompt.prefill(0, promptTokens, chunk));
        } catch (KvExhausted e) {
            if (regions != null) {
                regions.close();
            }
            throw new IOException("--with-engine: %d sequences of %d positions do not fit into --kv-mib".formatted(clients, settled + 1), e);
        }
    }

    /** A wave's sequences. Device thread only. */
    record Load(FilledRegions sequences, FilledRegions prompt, StepTimer timer, StepTimer.Work step, int calls, StepTimer.Work prefill)
            implements AutoCloseable {

        Times measure() throws StepFailed, KvExhausted {
            return new Times(timer.medianMs(step, calls), timer.medianMs(prefill, 1));
        }

        @Override
        public void close() {
            sequences.close();
            prompt.close();
        }
    }
}
