package dev.cadenza.engine;

import java.util.List;

/**
 * What a segment asked for.
 *
 * @param samples one per {@link Want.Sample}, in the order of the wants; empty when the segment failed
 * @param failure why this segment alone has no result (its logits were not finite); {@code null} when it has one. Its nodes are open all the
 *                same, and its region may only be closed
 */
public record SegmentResult(List<Sampled> samples, String failure) {
    public SegmentResult {
        samples = List.copyOf(samples);
    }
}
