package dev.cadenza.engine.torch;

class ReproducibleRowsTest extends ReproducibleRows {
    ReproducibleRowsTest() {
        super(RealEngines.fast());
    }
}
