package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.WideAssembler;

/** With AVX-512's instruction that adds the products of pairs, in registers of 64 bytes. */
final class Int16DotKernel extends Int16ProductKernel {
    private static final int REGISTER = 64;
    /** Vector registers: of an input pair in all lanes, of a factor, of columns; the sums behind them. */
    private static final int INPUT = 0;
    private static final int FADING_FACTOR = 1;
    private static final int WEIGHTS = 2;

    private final WideAssembler wide = new WideAssembler(assembler);
    private final int parts;

    Int16DotKernel(int rows, Ending ending, int columns) {
        super(rows, ending, columns);
        parts = columns * Float.BYTES / REGISTER;
    }

    @Override
    void clearSums() {
        for (int row = 0; row < rows; row++) {
            for (int part = 0; part < parts; part++) {
                wide.vpxord(sum(row, part), sum(row, part), sum(row, part));
            }
        }
    }

    @Override
    void multiply(int pair) {
        for (int part = 0; part < parts; part++) {
            wide.vmovups(WEIGHTS + part, b(pair, part * REGISTER));
        }
        for (int row = 0; row < rows; row++) {
            wide.vpbroadcastd(INPUT, a(row, pair));
            for (int part = 0; part < parts; part++) {
                wide.vpdpwssd(sum(row, part), INPUT, WEIGHTS + part);
            }
        }
    }

    @Override
    void loadScales() {
        for (int part = 0; part < parts; part++) {
            wide.vmovups(WEIGHTS + part, scale(part * REGISTER));
        }
    }

    @Override
    void end(int row) {
        wide.vbroadcastss(INPUT, factor(row, ending.factor));
        if (ending == Ending.ADDED) {
            wide.vbroadcastss(FADING_FACTOR, factor(row, FADING));
        }
        for (int part = 0; part < parts; part++) {
            int sum = sum(row, part);
            wide.vcvtdq2ps(sum, sum);
            if (ending == Ending.SCALED) {
                wide.vmulps(sum, sum, WEIGHTS + part);
            }
            wide.vmulps(sum, sum, INPUT);
            if (ending == Ending.ADDED) {
                wide.vfmadd231ps(sum, FADING_FACTOR, output(part * REGISTER));
            }
            wide.vmovups(output(part * REGISTER), sum);
        }
    }

    private int sum(int row, int part) {
        return WEIGHTS + parts + row * parts + part;
    }
}
