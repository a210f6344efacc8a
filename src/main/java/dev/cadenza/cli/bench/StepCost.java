package dev.cadenza.cli.bench;

/**
 * What a step cannot do without.
 *
 * @param weightBytes  bytes of weights that next-token rows read, once a step
 * @param weights      of them: each is one multiplication and one addition per row
 * @param bytesPerSlot keys and values of one position
 */
record StepCost(long weightBytes, long weights, long bytesPerSlot) {

    /** @param slots over all sequences of the step */
    double bytes(long slots) {
        return weightBytes + (double) slots * bytesPerSlot;
    }

    double operations(long rows) {
        return 2.0 * rows * weights;
    }
}
