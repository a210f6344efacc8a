package dev.cadenza.decoding.difficulty;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the classes of a model's questions mean, and what tells them apart.
 *
 * @param settings        by {@link Difficulty#ordinal}
 * @param classifier      {@code null}: there is no probe for the model, and every question is normal
 * @param leastConfidence probability, 0 .. 1, below which the likeliest class does not count and the question is normal
 * @param reasoningEffort whether {@code reasoning_effort} chooses a class
 */
public record Routing(List<Setting> settings, Classifier classifier, double leastConfidence, boolean reasoningEffort) {
    /** Temperatures and budgets of the paper. A normal question stays as it is: telling a small model to think step by step only distracts it. */
    public static final List<Setting> SETTINGS = List.of(new Setting("\n\nAnswer briefly.", 0.5, 0.4), new Setting("", 0.8, 1.0),
            new Setting("\n\nAnswer briefly, and say so if you are not sure.", 0.4, 0.5));
    public static final Routing WITHOUT_PROBE = new Routing(SETTINGS, null, 0, true);

    public Routing {
        settings = List.copyOf(settings);
        if (settings.size() != Difficulty.values().length || !(leastConfidence >= 0 && leastConfidence <= 1)) {
            throw new IllegalArgumentException("%d classes, least confidence %s".formatted(settings.size(), leastConfidence));
        }
    }

    /** The same with a probe. */
    public Routing with(Classifier probe) {
        return new Routing(settings, probe, leastConfidence, reasoningEffort);
    }

    Setting setting(Difficulty difficulty) {
        return settings.get(difficulty.ordinal());
    }

    /** Names the place at which a probe looks: another template or other texts have another stem. */
    public String promptsSha256(String chatTemplate) {
        String all = settings.stream().map(Setting::text).collect(Collectors.joining("\0", chatTemplate + "\0", ""));
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /**
     * Of a class.
     *
     * @param text        put behind the last user message
     * @param temperature 0 .. 2, unless the client names one
     * @param budget      share of the longest answer that the request allows, above 0, at most 1
     */
    public record Setting(String text, double temperature, double budget) {
        public Setting {
            if (!(temperature >= 0 && temperature <= 2)) {
                throw new IllegalArgumentException("temperature must be in [0, 2], got " + temperature);
            }
            if (!(budget > 0 && budget <= 1)) {
                throw new IllegalArgumentException("budget must be above 0 and at most 1, got " + budget);
            }
        }

        /** @param most tokens, at least 1 */
        int maxTokens(int most) {
            return (int) Math.clamp(Math.ceil(budget * most), 1, most);
        }
    }
}
