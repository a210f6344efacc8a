package dev.cadenza.decoding.speculative;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class AddingAStrategyTest {

    @Test
    void thePagesExampleIsTheClassThatTestsCompileAndHasAtMostAHundredLines() throws Exception {
        String page = Files.readString(Path.of("docs/adding-a-strategy.md"));
        String source = Files.readString(Path.of("src/test/java/dev/cadenza/decoding/speculative/FollowerDrafts.java"));

        assertThat(page).contains("```java\n" + source + "```\n");
        assertThat(source.lines().count()).isLessThanOrEqualTo(100);
    }
}
