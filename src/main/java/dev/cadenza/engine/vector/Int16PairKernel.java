package dev.cadenza.engine.vector;

/** With AVX2: products of pairs, and then their sums. */
final class Int16PairKernel extends Int16ProductKernel {
    private static final int REGISTER = IntegerKernel.VECTOR_BYTES;
    private static final int PARTS = COLUMNS * Float.BYTES / REGISTER;
    /** Vector registers: of an input pair in all lanes, of a product, of columns; the sums behind them. */
    private static final int INPUT = 0;
    private static final int PRODUCT = 1;
    private static final int WEIGHTS = 2;
    private static final int SUMS = WEIGHTS + PARTS;

    Int16PairKernel(int rows, Ending ending) {
        super(rows, ending, COLUMNS);
    }

    @Override
    void clearSums() {
        for (int sum = 0; sum < rows * PARTS; sum++) {
            assembler.vpxor(SUMS + sum, SUMS + sum, SUMS + sum);
        }
    }

    @Override
    void multiply(int pair) {
        for (int part = 0; part < PARTS; part++) {
            assembler.vmovups(WEIGHTS + part, b(pair, part * REGISTER));
        }
        for (int row = 0; row < rows; row++) {
            assembler.vpbroadcastd(INPUT, a(row, pair));
            for (int part = 0; part < PARTS; part++) {
                assembler.vpmaddwd(PRODUCT, INPUT, WEIGHTS + part);
                assembler.vpaddd(SUMS + row * PARTS + part, SUMS + row * PARTS + part, PRODUCT);
            }
        }
    }

    @Override
    void loadScales() {
        for (int part = 0; part < PARTS; part++) {
            assembler.vmovups(WEIGHTS + part, scale(part * REGISTER));
        }
    }

    @Override
    void end(int row) {
        assembler.vbroadcastss(INPUT, factor(row, ending.factor));
        if (ending == Ending.ADDED) {
            assembler.vbroadcastss(PRODUCT, factor(row, FADING));
        }
        for (int part = 0; part < PARTS; part++) {
            int sum = SUMS + row * PARTS + part;
            assembler.vcvtdq2ps(sum, sum);
            if (ending == Ending.SCALED) {
                assembler.vmulps(sum, sum, WEIGHTS + part);
            }
            assembler.vmulps(sum, sum, INPUT);
            if (ending == Ending.ADDED) {
                assembler.vfmadd231ps(sum, PRODUCT, output(part * REGISTER));
            }
            assembler.vmovups(output(part * REGISTER), sum);
        }
    }
}
