package dev.cadenza;

import java.nio.file.Path;

/** Where tests find the default model's file. */
public final class RealModel {
    private RealModel() {
    }

    public static Path path() {
        return Path.of(System.getProperty("cadenza.test.model"));
    }
}
