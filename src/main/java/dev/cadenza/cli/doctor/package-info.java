/**
 * Looks whether this machine can serve: versions, processor, memory, environment, native libraries, CUDA, model file, kernels with their self-test
 * and a moment's speed. Changes nothing and starts no server; the model alone is fetched, where it is wanted and absent. The command's own thread
 * is the device thread.
 */
package dev.cadenza.cli.doctor;
