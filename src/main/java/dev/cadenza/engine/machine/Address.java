package dev.cadenza.engine.machine;

import java.util.Objects;

/**
 * base + index * scale + displacement.
 *
 * @param index may be null: none
 * @param scale 1, 2, 4 or 8
 */
public record Address(GeneralRegister base, GeneralRegister index, int scale, int displacement) {
    public Address {
        Objects.requireNonNull(base);
        if (index == GeneralRegister.RSP || scale < 1 || scale > 8 || Integer.bitCount(scale) != 1) {
            throw new IllegalArgumentException("no address has index %s times %d".formatted(index, scale));
        }
    }

    public static Address at(GeneralRegister base, int displacement) {
        return new Address(base, null, 1, displacement);
    }
}
