package dev.cadenza.decoding.speculative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MatchRecordTest {

    @Test
    void longerMatchesAreTrustedMoreAtFirst() {
        MatchRecord record = new MatchRecord();

        double[] trust = IntStream.of(1, 2, 3, 4, 8).mapToDouble(record::trust).toArray();
        assertThat(trust).isSorted().doesNotHaveDuplicates();
        assertThat(record.trust(7)).isEqualTo(record.trust(4));
        assertThat(record.trust(255)).isEqualTo(record.trust(8));
    }

    @Test
    void trustBecomesTheRateAtWhichGuessesComeTrueForTheirLengthAlone() {
        MatchRecord record = new MatchRecord();
        double longer = record.trust(8);

        for (int i = 0; i < 400; i++) {
            record.note(1, 0.5, i % 10 == 0);
            record.note(3, 0.5, true);
        }

        assertThat(record.trust(1)).isCloseTo(0.2, within(0.1));
        assertThat(record.trust(3)).isCloseTo(2, within(0.01));
        assertThat(record.trust(8)).isEqualTo(longer);
    }
}
