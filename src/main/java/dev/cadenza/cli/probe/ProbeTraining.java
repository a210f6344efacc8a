package dev.cadenza.cli.probe;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.cadenza.decoding.difficulty.Difficulty;
import dev.cadenza.decoding.difficulty.Probe;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Learns a probe by cross-entropy and AdamW, on the CPU, with DJL. The same examples, epochs and seed give the same bits on the same machine. One
 * training at a time in a process: the library has one collector of gradients.
 *
 * @param epochs times that every example is seen, 1 or more
 */
record ProbeTraining(int epochs, long seed) {
    static final int MLP = 64;
    static final float LEARNING_RATE = 1e-3f;
    static final float WEIGHT_DECAY = 0.01f;
    static final int BATCH = 32;
    private static final String ENGINE = "PyTorch";
    private static final int CLASSES = Difficulty.values().length;

    /**
     * @param examples    at least one, all of one width
     * @param finished    told after each epoch how many there were
     * @param modelSha256 of the model that the states are from; {@code promptsSha256} of its prompts
     */
    Probe train(List<Example> examples, IntConsumer finished, String modelSha256, String promptsSha256) {
        Scaling scaling = Scaling.of(examples.stream().map(Example::state).toList());
        List<Example> scaled = examples.stream().map(example -> new Example(scaling.applied(example.state()), example.label())).toList();
        int hidden = scaled.getFirst().state().length;
        var random = new Random(seed);
        try (Model model = Model.newInstance("probe", Device.cpu(), ENGINE)) {
            Linear first = Linear.builder().setUnits(MLP).build();
            Linear second = Linear.builder().setUnits(CLASSES).build();
            model.setBlock(new SequentialBlock().add(first).add(Activation::relu).add(second));
            try (Trainer trainer = model.newTrainer(configuration(random))) {
                trainer.initialize(new Shape(1, hidden));
                learn(trainer, scaled, random, finished);
                float[][] weights = rows(parameter(first, "weight"), hidden);
                return new Probe(modelSha256, promptsSha256, scaling.folded(weights), scaling.folded(weights, parameter(first, "bias")),
                        rows(parameter(second, "weight"), MLP), parameter(second, "bias"));
            }
        }
    }

    private static DefaultTrainingConfig configuration(Random random) {
        var optimizer = Optimizer.adamW().optLearningRateTracker(Tracker.fixed(LEARNING_RATE)).optWeightDecays(WEIGHT_DECAY).build();
        return new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()).optDevices(new Device[] {Device.cpu()}).optOptimizer(optimizer)
                .optInitializer(gaussian(random), Parameter.Type.WEIGHT);
    }

    /** The engine's own generator is one per process, and others may have drawn from it. Variance 2 by fan-in. */
    private static Initializer gaussian(Random random) {
        return (manager, shape, type) -> {
            double deviation = Math.sqrt(2.0 / shape.get(1));
            float[] values = new float[Math.toIntExact(shape.size())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (deviation * random.nextGaussian());
            }
            return manager.create(values, shape).toType(type, false);
        };
    }

    private void learn(Trainer trainer, List<Example> examples, Random random, IntConsumer finished) {
        List<Example> order = new ArrayList<>(examples);
        for (int epoch = 1; epoch <= epochs; epoch++) {
            Collections.shuffle(order, random);
            for (int from = 0; from < order.size(); from += BATCH) {
                learn(trainer, order.subList(from, Math.min(from + BATCH, order.size())));
            }
            finished.accept(epoch);
        }
    }

    private static void learn(Trainer trainer, List<Example> batch) {
        try (NDManager memory = trainer.getManager().newSubManager()) {
            NDArray states = memory.create(batch.stream().map(Example::state).toArray(float[][]::new));
            NDArray labels = memory.create(batch.stream().mapToInt(example -> example.label().ordinal()).toArray());
            try (GradientCollector collector = trainer.newGradientCollector()) {
                NDList outputs = trainer.forward(new NDList(states));
                collector.backward(trainer.getLoss().evaluate(new NDList(labels), outputs));
            }
            trainer.step();
            forgetGradients(trainer);
        }
    }

    /** They add up otherwise; the collector's own way would go through every array of the process. */
    private static void forgetGradients(Trainer trainer) {
        trainer.getModel().getBlock().getParameters().values().forEach(parameter -> {
            try (NDArray gradient = parameter.getArray().getGradient()) {
                gradient.subi(gradient);
            }
        });
    }

    private static float[] parameter(Linear layer, String name) {
        return layer.getDirectParameters().get(name).getArray().toFloatArray();
    }

    private static float[][] rows(float[] flat, int width) {
        return IntStream.range(0, flat.length / width).mapToObj(row -> Arrays.copyOfRange(flat, row * width, (row + 1) * width))
                .toArray(float[][]::new);
    }
}
