package dev.cadenza.cli.probe;

/**
 * What came of a task.
 *
 * @param accuracy as {@link Judgement#accuracy}, 0 .. 1
 * @param entropy  mean over all tokens of all answers of the entropy of the law that drew them, nats
 * @param tokens   of all answers
 * @param state    the model's residual state at the probe's place: [hidden]
 */
record Measured(Task task, double accuracy, double entropy, int tokens, float[] state) {
}
