package dev.cadenza.cli.bench;

/**
 * What a step cannot do without.
 *
 * @param weightBytes  bytes of weights that next-token rows read, once a step
 * @param layerWeights of the layers: each is one multiplication and one addition per row
 * @param headWeights  of the head: likewise per sampled row
 * @param bytesPerSlot keys and values of one position
 */
record StepCost(long weightBytes, long layerWeights, long headWeights, long bytesPerSlot) {

    /** @param slots over all sequences of the step */
    double bytes(long slots) {
        return weightBytes + (double) slots * bytesPerSlot;
    }

    double operations(long rows, long sampled) {
        return 2.0 * (rows * layerWeights + sampled * headWeights);
    }
}
