package dev.cadenza.engine.torch;

import dev.cadenza.engine.Input;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.Want;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Residual states that a step brings back, in the order in which the program meets them. */
final class Captures {
    static final int DECODE = -1;

    /**
     * @param tap    index among its segment's taps; -1: the segment's kept hidden states
     * @param source {@link #DECODE} or a prefill block
     * @param rows   of the source
     */
    record Capture(int segment, int tap, int source, int layer, int[] rows) {
    }

    private final List<Capture> captures = new ArrayList<>();

    /** Where a row of a segment is found. */
    interface Place {
        /** {@link #DECODE} or a prefill block. */
        int source(int row);

        /** Index among the source's rows. */
        int row(int row);
    }

    /** @throws IllegalArgumentException a want outside the segment's rows or the model's layers, or kept states of two layers or of a prompt */
    void add(int index, Segment segment, Place place, int layers) {
        int least = segment.input() instanceof Input.Hidden hidden ? hidden.layer() : 0;
        int taps = 0;
        int keptLayer = -1;
        var kept = new ArrayList<Integer>();
        for (Want want : segment.wants()) {
            if (want.row() < 0 || want.row() >= segment.rows()) {
                throw new IllegalArgumentException("a want of row %d of %d".formatted(want.row(), segment.rows()));
            }
            switch (want) {
                case Want.Sample sample -> {
                }
                case Want.Probabilities law -> {
                }
                case Want.Tap(int row, int layer) -> {
                    requireLayer(layer, least, layers);
                    captures.add(new Capture(index, taps++, place.source(row), layer, new int[] {place.row(row)}));
                }
                case Want.KeepHidden(int row, int layer) -> {
                    requireLayer(layer, least, layers);
                    if (place.source(row) != DECODE || keptLayer >= 0 && keptLayer != layer) {
                        throw new IllegalArgumentException("hidden states are kept of decode rows and of one layer per segment");
                    }
                    keptLayer = layer;
                    kept.add(place.row(row));
                }
            }
        }
        if (keptLayer >= 0) {
            captures.add(new Capture(index, -1, DECODE, keptLayer, kept.stream().mapToInt(row -> row).toArray()));
        }
    }

    private static void requireLayer(int layer, int least, int most) {
        if (layer < least || layer > most) {
            throw new IllegalArgumentException("a state at layer %d is wanted, not in [%d, %d]".formatted(layer, least, most));
        }
    }

    /** To be called once all are added. */
    List<Capture> inProgramOrder() {
        captures.sort(Comparator.comparingInt(Capture::source).thenComparingInt(Capture::layer));
        return captures;
    }

    /** Layers before which the decode rows are looked at. */
    SortedSet<Integer> decodeLayers() {
        var layers = new TreeSet<Integer>();
        for (Capture capture : captures) {
            if (capture.source() == DECODE) {
                layers.add(capture.layer());
            }
        }
        return layers;
    }
}
