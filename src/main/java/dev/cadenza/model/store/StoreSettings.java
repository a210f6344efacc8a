package dev.cadenza.model.store;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The store's surroundings.
 *
 * @param cache       folder of the fetched files
 * @param base        what relative {@code file:} sources of the catalogue are relative to
 * @param hubEndpoint of {@code hf:} sources
 * @param hubToken    {@code null}: none
 * @param hubStall    how long the hub may be silent
 * @param python      command that runs Python
 */
record StoreSettings(Path cache, Path base, URI hubEndpoint, String hubToken, Duration hubStall, List<String> python, Disk disk) {
    private static final String PUBLIC_HUB = "https://huggingface.co";

    /** {@code CADENZA_HOME}, {@code HF_ENDPOINT}, {@code HF_TOKEN}. An empty variable counts as unset. */
    static StoreSettings of(Map<String, String> environment, Path userHome, Path base) {
        String home = environment.getOrDefault("CADENZA_HOME", "");
        String endpoint = environment.getOrDefault("HF_ENDPOINT", "");
        String token = environment.getOrDefault("HF_TOKEN", "").strip();
        var cache = home.isBlank() ? userHome.resolve(".cache").resolve("cadenza") : Path.of(home);
        return new StoreSettings(cache.resolve("models"), base, endpoint(endpoint.isBlank() ? PUBLIC_HUB : endpoint.strip()),
                token.isEmpty() ? null : token, Duration.ofSeconds(60), List.of("python3"), Disk.REAL);
    }

    private static URI endpoint(String text) {
        try {
            var uri = URI.create(text);
            if (uri.getHost() != null && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))) {
                return uri;
            }
            throw new ModelUnavailable("HF_ENDPOINT must be an http or https address, got " + text);
        } catch (IllegalArgumentException e) {
            throw new ModelUnavailable("HF_ENDPOINT must be an http or https address, got " + text, e);
        }
    }
}
