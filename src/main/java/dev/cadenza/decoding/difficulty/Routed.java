package dev.cadenza.decoding.difficulty;

import dev.cadenza.decoding.Strategy;

/** {@code diff_adapt} for one request: its class is known, or the probe will tell. */
sealed interface Routed extends Strategy permits DirectRoute, ProbedRoute {
    @Override
    default String name() {
        return DiffAdapt.NAME;
    }

    @Override
    default Guarantee guarantee() {
        return Guarantee.CHANGES_LAW;
    }
}
