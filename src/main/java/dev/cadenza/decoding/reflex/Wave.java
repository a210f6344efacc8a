package dev.cadenza.decoding.reflex;

/**
 * A triangular wave: up from 0 to the amplitude in a quarter of the period, down to its negative by the third quarter, and back to 0.
 *
 * @param period tokens
 */
public record Wave(double amplitude, int period) {

    /** @param index tokens generated before */
    double at(int index) {
        double cycle = index % period / (double) period;
        return amplitude * (cycle <= 0.25 ? 4 * cycle : cycle <= 0.75 ? 2 - 4 * cycle : 4 * cycle - 4);
    }
}
