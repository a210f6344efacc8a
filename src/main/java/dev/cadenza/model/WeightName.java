package dev.cadenza.model;

/**
 * A tensor of the decoder, whatever the checkpoint's format calls it.
 *
 * @param layer 0.. for a layer's tensor, -1 for the model's own
 */
public record WeightName(Kind kind, int layer) {

    public enum Kind {
        EMBEDDING, HEAD, FINAL_NORM, ATTENTION_NORM, QUERY, KEY, VALUE, ATTENTION_OUTPUT, FEED_FORWARD_NORM, GATE, UP, DOWN;

        public boolean ofLayer() {
            return ordinal() >= ATTENTION_NORM.ordinal();
        }
    }

    public WeightName {
        if (kind.ofLayer() != (layer >= 0)) {
            throw new IllegalArgumentException(kind + " does not go with layer " + layer);
        }
    }

    public static WeightName of(Kind kind) {
        return new WeightName(kind, -1);
    }
}
