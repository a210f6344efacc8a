package dev.cadenza.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class KeptTokenizerTest {
    /** Of what version 1 wrote. */
    private static final long CHECKSUM_OF_VERSION_1 = 895_943_190L;

    @Test
    void whatTheLibraryReadsIsMadeOnceAndServesTheNextTokenizer() {
        var kept = new ArrayList<byte[]>();
        Tokenizer.Kept keeping = (version, make) -> {
            assertThat(version).isEqualTo(TokenizerJson.VERSION);
            if (kept.isEmpty()) {
                kept.add(make.get());
            }
            return kept.getFirst();
        };
        try (Tokenizer fresh = SmallVocabulary.tokenizer(); Tokenizer first = Tokenizer.of(SmallVocabulary.spec(), keeping);
                Tokenizer second = Tokenizer.of(SmallVocabulary.spec(), (_, _) -> kept.getFirst())) {
            assertThat(new String(kept.getFirst(), StandardCharsets.UTF_8)).startsWith("{").contains("\"merges\"");
            for (String text : List.of("hello hello 123", "  <|im_end|> é")) {
                assertThat(first.encode(text)).isEqualTo(fresh.encode(text));
                assertThat(second.encode(text)).isEqualTo(fresh.encode(text));
            }
        }
    }

    /** Else files that an older program has left would be taken for this one's. */
    @Test
    void whateverIsWrittenOtherwiseHasAnotherVersion() {
        var checksum = new CRC32();
        for (PreTokenizer rules : PreTokenizer.values()) {
            checksum.update(TokenizerJson.write(SmallVocabulary.spec(), rules));
        }
        assertThat(List.of(TokenizerJson.VERSION, checksum.getValue())).isEqualTo(List.of(1, CHECKSUM_OF_VERSION_1));
    }
}
