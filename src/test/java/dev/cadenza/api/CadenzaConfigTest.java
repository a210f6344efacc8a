package dev.cadenza.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.api.wire.UnknownFields;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.source.yaml.YamlConfigSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CadenzaConfigTest {

    @Test
    void defaultsAreTheDocumentedOnes() throws Exception {
        var file = new YamlConfigSource(Path.of("config/application.yaml").toUri().toURL());
        for (CadenzaConfig config : new CadenzaConfig[] {Configs.config(Map.of()), Configs.config(file)}) {
            assertThat(config.home()).isEmpty();
            assertThat(config.rehearsal()).isFalse();
            assertThat(config.model().id()).isEqualTo("smollm2-135m-instruct");
            assertThat(config.model().path()).isEmpty();
            assertThat(config.model().aliases()).isEmpty();
            assertThat(config.model().packedLimit().asLongValue()).isEqualTo(32L << 30);
            assertThat(config.engine().precision()).isEqualTo(CadenzaConfig.Precision.FAST);
            assertThat(config.engine().device()).isEqualTo(CadenzaConfig.Device.AUTO);
            assertThat(config.engine().numerics()).isEqualTo(CadenzaConfig.Numerics.REPRODUCIBLE);
            assertThat(config.engine().threads()).isEmpty();
            assertThat(config.kv().budget().asLongValue()).isEqualTo(1L << 30);
            assertThat(config.prefixCache().enabled()).isTrue();
            assertThat(config.prefixCache().scope()).isEqualTo(CadenzaConfig.Scope.GLOBAL);
            assertThat(config.scheduler().queueCapacity()).isEqualTo(256);
            assertThat(config.scheduler().maxRunning()).isEqualTo(32);
            assertThat(config.scheduler().prefillTokens()).isEqualTo(128);
            assertThat(config.scheduler().draftRows()).isEqualTo(32);
            assertThat(config.scheduler().drain()).isEqualTo(Duration.ofSeconds(30));
            assertThat(config.api().unknownFields()).isEqualTo(UnknownFields.Policy.REFUSE);
            assertThat(config.api().keepAlive()).isEqualTo(Duration.ofSeconds(5));
            assertThat(config.api().maxChoices()).isEqualTo(16);
            assertThat(config.api().stallTimeout()).isEqualTo(Duration.ofMinutes(2));
            assertThat(config.api().bodyTimeout()).isEqualTo(Duration.ofSeconds(30));
            assertThat(config.api().idleTimeout()).isEqualTo(Duration.ofSeconds(60));
            assertThat(config.api().retryAfter()).isEqualTo(Duration.ofSeconds(1));
            assertThat(config.api().hangTimeout()).isEqualTo(Duration.ofSeconds(30));
            assertThat(config.decoding().draftModel().id()).isEmpty();
            assertThat(config.decoding().draftModel().path()).isEmpty();
            assertThat(config.decoding().draftModel().kvBudget().asLongValue()).isEqualTo(256L << 20);
            assertThat(config.decoding().defaultStrategy()).isEqualTo("auto");
            assertThat(config.decoding().auto()).isEmpty();
            assertThat(config.decoding().memoryScope()).isEqualTo(CadenzaConfig.MemoryScope.USER);
        }
    }

    @Test
    void unknownKeyStopsTheStartUpNamingTheKey() {
        assertThatThrownBy(() -> Configs.config(Map.of("cadenza.api.keep-aliv", "3s"))).isInstanceOf(ConfigValidationException.class)
                .hasMessageContaining("cadenza.api.keep-aliv");
    }

    @Test
    void unofferedValueStopsTheStartUpNamingTheKey() {
        assertThatThrownBy(() -> Configs.config(Map.of("cadenza.engine.numerics", "throughput"))).hasMessageContaining("throughput");
        assertThatThrownBy(() -> Configs.config(Map.of("cadenza.engine.device", "cuda:0"))).hasMessageContaining("cuda:0");
    }
}
