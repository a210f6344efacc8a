package dev.cadenza.model;

/**
 * A decoder of the Llama family.
 *
 * @param name        as the checkpoint calls it ("llama")
 * @param layers      decoder layers
 * @param hidden      width of the residual stream
 * @param heads       query heads
 * @param kvHeads     key/value heads; divides {@code heads}
 * @param headDim     width of a head
 * @param feedForward inner width of the MLP
 * @param vocabulary  rows of embedding and head
 * @param context     positions the model was trained for
 * @param normEpsilon of RMSNorm
 * @param ropeTheta   base of the rotary embedding
 * @param ropePairs   which dimensions rotate together
 * @param tiedHead    the head is the embedding
 */
public record Architecture(String name, int layers, int hidden, int heads, int kvHeads, int headDim, int feedForward, int vocabulary, int context,
        float normEpsilon, float ropeTheta, RopePairs ropePairs, boolean tiedHead) {

    /** Rows of a query or key weight in the order in which the halves of a head rotate together; any other weight's as they are. */
    public int[] rotaryOrder(WeightName.Kind kind, int rows) {
        boolean permuted = ropePairs == RopePairs.INTERLEAVED && (kind == WeightName.Kind.QUERY || kind == WeightName.Kind.KEY);
        int half = headDim / 2;
        int[] order = new int[rows];
        for (int row = 0; row < rows; row++) {
            int within = row % headDim;
            order[row] = permuted ? row - within + 2 * (within % half) + within / half : row;
        }
        return order;
    }

    /** Which dimensions of a head form a rotating pair. */
    public enum RopePairs {
        /** (0, 1), (2, 3), ...: GGUF stores q and k of Llama models permuted for it. */
        INTERLEAVED,
        /** (0, d/2), (1, d/2 + 1), ...: as Hugging Face checkpoints have it. */
        HALVES
    }
}
