package dev.cadenza.decoding.difficulty;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy.Opening;
import dev.cadenza.decoding.Turn;
import dev.cadenza.decoding.standard.Standard;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Want;
import java.util.Arrays;

/** Looks at the stem's last state, if the class is not known, appends what the class's prompt has behind the stem, and decodes as {@code standard}. */
final class RoutedDecoder implements Decoder {
    private final SequenceStart start;
    /** {@code null}: the class was known from the start. */
    private final ProbedRoute probed;
    /** {@code null}: the class is not known yet. */
    private Decoder decoder;
    private DecodingReport.Route report;

    RoutedDecoder(DirectRoute direct, SequenceStart start) {
        this.start = start;
        this.probed = null;
        take(direct.route(), null, direct.warning());
    }

    RoutedDecoder(ProbedRoute probed, SequenceStart start) {
        this.start = start;
        this.probed = probed;
    }

    @Override
    public Move next(Grant grant) {
        return decoder == null ? Move.plain(new Want.Tap(0, start.surroundings().shape().layers())) : decoder.next(grant);
    }

    @Override
    public Turn accept(SegmentResult result) {
        if (decoder != null) {
            return decoder.accept(result);
        }
        double[] probabilities = probed.routing().classifier().probabilities(result.taps().getFirst());
        Route route = probed.routes().get(probed.decide(probabilities).ordinal());
        take(route, probabilities, null);
        int[] prompt = route.opening().prompt();
        return Turn.prompts(new Turn.Rest(Arrays.copyOfRange(prompt, start.prompt().length, prompt.length), route.opening().maxTokens()));
    }

    private void take(Route route, double[] probabilities, String warning) {
        Opening opening = route.opening();
        report = new DecodingReport.Route(route.difficulty().wireName(), probabilities, opening.sampling().temperature(), opening.maxTokens(), warning);
        decoder = new Standard().start(start.with(opening.prompt(), opening.sampling()));
    }

    @Override
    public void interrupted() {
        if (decoder != null) {
            decoder.interrupted();
        }
    }

    @Override
    public DecodingReport report(int dropped) {
        return decoder.report(dropped).routed(DiffAdapt.NAME, report);
    }

    @Override
    public void close() {
        if (decoder != null) {
            decoder.close();
        }
    }
}
