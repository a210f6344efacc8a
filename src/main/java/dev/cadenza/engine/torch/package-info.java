/**
 * The engine on DJL's PyTorch: a TorchScript program ({@code decoder.torchscript.py}) that Java packs, loads and binds weights to; one native call
 * per step, which is the sampling alone where the layers run in Java ({@code engine.vector}). {@code TorchEngine} is the door. It never leaks a
 * native object into another room; everything runs on the device thread.
 */
package dev.cadenza.engine.torch;
