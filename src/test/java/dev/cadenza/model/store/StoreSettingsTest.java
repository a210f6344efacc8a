package dev.cadenza.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StoreSettingsTest {
    private static final Path USER = Path.of("home", "user");
    private static final Path BASE = Path.of("base");

    @Test
    void emptyEnvironmentMeansTheUsersCacheAndThePublicHub() {
        // when
        var settings = StoreSettings.of(Map.of("HF_TOKEN", " ", "CADENZA_HOME", ""), USER, BASE);

        // then
        assertThat(settings.cache()).isEqualTo(USER.resolve(".cache/cadenza/models"));
        assertThat(settings.hubEndpoint()).hasScheme("https");
        assertThat(settings.hubToken()).isNull();
        assertThat(settings.python()).containsExactly("python3");
    }

    @Test
    void environmentMovesTheCacheAndTheHub() {
        // when
        var settings = StoreSettings.of(Map.of("CADENZA_HOME", "elsewhere", "HF_ENDPOINT", "http://mirror:8/x", "HF_TOKEN", "t\n"), USER, BASE);

        // then
        assertThat(settings.cache()).isEqualTo(Path.of("elsewhere", "models"));
        assertThat(settings.hubEndpoint()).isEqualTo(URI.create("http://mirror:8/x"));
        assertThat(settings.hubToken()).isEqualTo("t");
    }

    @Test
    void endpointThatIsNoAddressIsRefused() {
        for (var wrong : new String[] {"mirror", "ftp://mirror", "http:// x"}) {
            assertThatThrownBy(() -> StoreSettings.of(Map.of("HF_ENDPOINT", wrong), USER, BASE)).isInstanceOf(ModelUnavailable.class)
                    .hasMessage("HF_ENDPOINT must be an http or https address, got " + wrong);
        }
    }
}
