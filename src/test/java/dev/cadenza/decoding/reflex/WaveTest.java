package dev.cadenza.decoding.reflex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class WaveTest {

    @Test
    void waveRisesFallsAndComesBack() {
        Wave wave = new Wave(5, 200);

        assertThat(wave.at(0)).isZero();
        assertThat(wave.at(50)).isEqualTo(5);
        assertThat(wave.at(100)).isCloseTo(0, within(1e-12));
        assertThat(wave.at(150)).isEqualTo(-5);
        assertThat(wave.at(200)).isZero();
        for (int index = 0; index < 1000; index++) {
            double closedForm = 5 * Math.abs(4 * Math.floorMod(index - 50, 200) / 200.0 - 2) - 5;
            assertThat(wave.at(index)).as("token %d", index).isCloseTo(closedForm, within(1e-12));
        }
        assertThat(new Wave(0, 10).at(3)).isZero();
    }
}
