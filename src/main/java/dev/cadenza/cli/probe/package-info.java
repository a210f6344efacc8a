/**
 * {@code cadenza probe}: trains the probe that tells how hard a question is for a model. Tasks are answered many times by the model itself, how often
 * it is right and how unsure it was gives each a class, and a small perceptron learns to tell the class from the model's state behind the question.
 * All but the asking is pure; one thread, besides the device's own.
 */
package dev.cadenza.cli.probe;
