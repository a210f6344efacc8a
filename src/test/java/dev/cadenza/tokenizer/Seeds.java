package dev.cadenza.tokenizer;

import java.util.Random;
import java.util.function.Consumer;

/** Runs a property on many random sources; a failure names the seed, and {@code -Dcadenza.test.seed=N} repeats it alone. */
final class Seeds {
    private Seeds() {
    }

    static void forEach(int rounds, Consumer<Random> property) {
        Long only = Long.getLong("cadenza.test.seed");
        long first = only == null ? 1 : only;
        for (long seed = first; seed < first + (only == null ? rounds : 1); seed++) {
            try {
                property.accept(new Random(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("fails with seed " + seed + "; repeat: ./mvnw test -Dtest=<class> -Dcadenza.test.seed=" + seed, e);
            }
        }
    }
}
