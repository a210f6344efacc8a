package dev.cadenza.decoding.skip;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;

/** Decodes through ever fewer layers. */
public record SkipDecode(DepthSchedule schedule) implements Strategy {
    static final String NAME = "skip_decode";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Guarantee guarantee() {
        return schedule.fewest() == schedule.layers() ? Guarantee.LOSSLESS : Guarantee.CHANGES_LAW;
    }

    @Override
    public Decoder start(SequenceStart start) {
        return new SkipDecodeDecoder(start, schedule);
    }
}
