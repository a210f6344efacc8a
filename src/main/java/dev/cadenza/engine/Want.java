package dev.cadenza.engine;

/** Something to bring back from a row of a segment. */
public sealed interface Want {

    /** Index of the row within its segment. */
    int row();

    /** The same want of the row {@code rows} further on. */
    default Want shifted(int rows) {
        return switch (this) {
            case Sample(int row, Law law, Draw draw, int top, boolean uncertainty) -> new Sample(row + rows, law, draw, top, uncertainty);
            case Probabilities(int row, Law law) -> new Probabilities(row + rows, law);
            case Tap(int row, int layer) -> new Tap(row + rows, layer);
            case KeepHidden(int row, int layer) -> new KeepHidden(row + rows, layer);
        };
    }

    /**
     * Draws the token that follows the row, from the final norm and head over the row's state behind the layers that it ran.
     *
     * @param draw       identifies the random numbers; without effect when the law is greedy
     * @param topLogprobs how many of the most likely tokens to report with raw log-probabilities, 0..20; -1: no log-probability at all
     * @param uncertainty whether to report how sure the law was
     */
    record Sample(int row, Law law, Draw draw, int topLogprobs, boolean uncertainty) implements Want {
        public Sample(int row, Law law, Draw draw, int topLogprobs) {
            this(row, law, draw, topLogprobs, false);
        }

        /** The same under another name. */
        public Sample drawnAs(Draw other) {
            return new Sample(row, law, other, topLogprobs, uncertainty);
        }

        /** The same with so many of the most likely tokens. */
        public Sample showing(int most) {
            return new Sample(row, law, draw, most, uncertainty);
        }

        public Sample {
            if (topLogprobs < -1 || topLogprobs > 20) {
                throw new IllegalArgumentException("topLogprobs must be in [-1, 20], got " + topLogprobs);
            }
        }
    }

    /** The whole law of the token that follows the row: a probability per token of the vocabulary. */
    record Probabilities(int row, Law law) implements Want {
    }

    /**
     * The row's residual state, brought to Java.
     *
     * @param layer 0 .. layers: as it enters this layer (whether the row runs it or not); {@code layers}: behind the last, before the final norm
     */
    record Tap(int row, int layer) implements Want {
    }

    /**
     * The row's residual state stays on the device, to go on from later; see {@link Segment#resume}. All of a segment's must name one layer.
     *
     * @param layer as for {@link Tap}
     */
    record KeepHidden(int row, int layer) implements Want {
    }
}
