package dev.cadenza.cli.probe;

import dev.cadenza.decoding.difficulty.Difficulty;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Which examples are trained on and which judge. Of each class a fifth, rounded up, is held out. */
record Split(List<Example> training, List<Example> heldOut) {
    static final int FIFTH = 5;
    /** Of a class, so that both parts have one. */
    static final int LEAST_OF_A_CLASS = 2;

    Split {
        training = List.copyOf(training);
        heldOut = List.copyOf(heldOut);
    }

    /** The same parts, each in the order of the examples, for the same examples and seed. */
    static Split of(List<Example> examples, long seed) {
        var random = new Random(seed);
        boolean[] held = new boolean[examples.size()];
        for (Difficulty difficulty : Difficulty.values()) {
            List<Integer> places = new ArrayList<>();
            for (int i = 0; i < examples.size(); i++) {
                if (examples.get(i).label() == difficulty) {
                    places.add(i);
                }
            }
            Collections.shuffle(places, random);
            places.subList(0, (places.size() + FIFTH - 1) / FIFTH).forEach(place -> held[place] = true);
        }
        return new Split(IntStream.range(0, held.length).filter(i -> !held[i]).mapToObj(examples::get).toList(),
                IntStream.range(0, held.length).filter(i -> held[i]).mapToObj(examples::get).toList());
    }
}
