package dev.cadenza.engine.torch;

import org.junit.jupiter.api.Nested;

class ReproducibleRowsTest {

    @Nested
    class Fast extends ReproducibleRows {
        Fast() {
            super(RealEngines.fast());
        }
    }

    @Nested
    class Int4 extends ReproducibleRows {
        Int4() {
            super(RealEngines.int4());
        }
    }
}
