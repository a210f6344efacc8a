package dev.cadenza.engine;

import java.util.List;

/**
 * What a segment asked for; every list in the order of the wants of its kind, and empty when the segment failed.
 *
 * @param samples       one per {@link Want.Sample}
 * @param probabilities one per {@link Want.Probabilities}: [vocabulary], sum 1
 * @param taps          one per {@link Want.Tap}: [hidden]
 * @param hidden        the rows of the {@link Want.KeepHidden}s, for the caller to close; {@code null} when there were none
 * @param failure       why this segment alone has no result (its logits were not finite); {@code null} when it has one. Its nodes are open all the
 *                      same, and its region may only be closed
 */
public record SegmentResult(List<Sampled> samples, List<double[]> probabilities, List<float[]> taps, HiddenStates hidden, String failure) {
    public SegmentResult {
        samples = List.copyOf(samples);
        probabilities = List.copyOf(probabilities);
        taps = List.copyOf(taps);
    }

    public static SegmentResult failed(String failure) {
        return new SegmentResult(List.of(), List.of(), List.of(), null, failure);
    }
}
