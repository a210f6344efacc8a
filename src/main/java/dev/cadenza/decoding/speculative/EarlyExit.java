package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Parameter;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.StepCosts;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Wish;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.Shape;
import java.util.BitSet;
import java.util.List;

/**
 * Self-speculation: the model drafts with some of its own layers and its own head, and verifies with all of them.
 *
 * @param shortcut how drafting rows are shortened
 * @param maxDraft draft tokens of a turn, 1 .. 16
 * @param eager    whether every turn drafts as much as it can, whatever that costs
 * @see "Elhoushi et al., LayerSkip, 2024, with a checkpoint's ordinary training; Zhang et al., Draft & Verify, 2023: skip sets"
 */
record EarlyExit(Shortcut shortcut, int maxDraft, boolean eager) implements Strategy {
    static final String KIND = "early_exit";
    static final int MOST_DRAFT = 16;
    private static final double DEFAULT_DEPTH = 0.9;

    EarlyExit {
        if (maxDraft < 1 || maxDraft > MOST_DRAFT) {
            throw new IllegalArgumentException("max_draft %d".formatted(maxDraft));
        }
    }

    @Override
    public String name() {
        return Speculative.NAME;
    }

    @Override
    public Guarantee guarantee() {
        return Guarantee.LOSSLESS;
    }

    @Override
    public Decoder start(SequenceStart start) {
        return new EarlyExitDecoder(this, start);
    }

    /** Which layers a drafting row runs, and so what a turn of drafts takes. Immutable. */
    sealed interface Shortcut {

        LayerSet layers(int modelLayers);

        /** Drafting rows for so many draft tokens, one move each; 0 for none. */
        int rows(int drafts);

        /** Draft tokens that can be verified behind so many drafting rows: the inverse of {@link #rows}. */
        int drafts(int rows);

        /** Duration of a turn with so many draft tokens, in steps of one row. */
        double duration(int drafts, Shape shape, StepCosts costs);
    }

    /**
     * The lowest layers. Verification goes on from where the drafting rows stopped, so no layer runs twice.
     *
     * @param exit the first layer that they do not run, 1 .. layers - 1
     */
    record FirstLayers(int exit) implements Shortcut {
        @Override
        public LayerSet layers(int modelLayers) {
            return LayerSet.range(0, exit);
        }

        @Override
        public int rows(int drafts) {
            return drafts == 0 ? 0 : drafts + 1;
        }

        @Override
        public int drafts(int rows) {
            return Math.max(0, rows - 1);
        }

        @Override
        public double duration(int drafts, Shape shape, StepCosts costs) {
            double head = headShare(shape);
            double lower = (1 - head) * exit / shape.layers();
            return (drafts + 1) * lower + drafts * head + (1 - lower) * costs.of(drafts + 1) / costs.of(1);
        }
    }

    /**
     * All layers but some. The nodes' keys and values differ from the true ones, so verification drops them and is a whole pass.
     *
     * @param skipped neither the first layer nor the last; not copied, must not change; may be empty
     */
    record Without(BitSet skipped) implements Shortcut {
        @Override
        public LayerSet layers(int modelLayers) {
            BitSet run = new BitSet();
            run.set(0, modelLayers);
            run.andNot(skipped);
            return LayerSet.of(run);
        }

        @Override
        public int rows(int drafts) {
            return drafts;
        }

        @Override
        public int drafts(int rows) {
            return rows;
        }

        @Override
        public double duration(int drafts, Shape shape, StepCosts costs) {
            double skippedShare = (1 - headShare(shape)) * skipped.cardinality() / shape.layers();
            return drafts * (1 - skippedShare) + costs.of(drafts + 1) / costs.of(1);
        }
    }

    /** The head's part of a step, by the weights it reads: a layer has about twelve times the hidden width squared. */
    private static double headShare(Shape shape) {
        return shape.vocabulary() / (shape.vocabulary() + 12.0 * shape.hidden() * shape.layers());
    }

    record Kind() implements DraftKind {
        private static final Parameter.Whole MAX_DRAFT = new Parameter.Whole("max_draft", 4, 1, MOST_DRAFT,
                "Tokens drafted at most before they are verified");

        @Override
        public String name() {
            return KIND;
        }

        @Override
        public String summary() {
            return "The model's own first layers with its head, or all layers but some; a research tool, slower on models not trained for it";
        }

        @Override
        public String lacking(ModelTraits model) {
            int layers = model.shape().layers();
            return layers < 2 ? "it needs a model of 2 layers or more, this one has %d".formatted(layers) : "";
        }

        @Override
        public List<Parameter> parameters(ModelTraits model) {
            int layers = model.shape().layers();
            return layers < 2 ? List.of() : List.of(MAX_DRAFT, exitLayer(layers), skipLayers(layers));
        }

        private static Parameter.Whole exitLayer(int layers) {
            int byDefault = Math.max(1, Math.min(layers - 1, (int) Math.round(DEFAULT_DEPTH * layers)));
            return new Parameter.Whole("exit_layer", byDefault, 1, layers - 1, "Layers that draft; the others verify from there");
        }

        private static Parameter.Wholes skipLayers(int layers) {
            return new Parameter.Wholes("skip_layers", 1, layers - 2, "Layers left out while drafting, instead of exit_layer");
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
            return new EarlyExit(shortcut(parameters, model.shape().layers()), MAX_DRAFT.read(parameters), false);
        }

        private static Shortcut shortcut(JsonFields parameters, int layers) throws InvalidDecoding {
            if (!parameters.has("skip_layers")) {
                return new FirstLayers(exitLayer(layers).read(parameters));
            }
            if (parameters.has("exit_layer")) {
                throw new InvalidDecoding(parameters.path("skip_layers"), "invalid_value",
                        "`%s` must be absent when `%s` is given".formatted(parameters.path("skip_layers"), parameters.path("exit_layer")));
            }
            BitSet skipped = new BitSet();
            for (int layer : skipLayers(layers).read(parameters)) {
                skipped.set(layer);
            }
            return new Without(skipped);
        }
    }
}
