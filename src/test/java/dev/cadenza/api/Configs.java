package dev.cadenza.api;

import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;

/** Configurations made of a few keys; the others have their defaults. */
public final class Configs {
    private Configs() {
    }

    public static CadenzaConfig config(Map<String, String> values) {
        return config(new PropertiesConfigSource(values, "test", 100));
    }

    static CadenzaConfig config(ConfigSource source) {
        return new SmallRyeConfigBuilder().withSources(source).withMapping(CadenzaConfig.class)
                .withConverter(Duration.class, 200, new DurationConverter()).withConverter(MemorySize.class, 200, new MemorySizeConverter())
                .build().getConfigMapping(CadenzaConfig.class);
    }
}
