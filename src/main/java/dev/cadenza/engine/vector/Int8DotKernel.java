package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.GeneralRegister;
import dev.cadenza.engine.machine.WideAssembler;

/** With AVX-512's instruction that multiplies four bytes and adds the products to a double word: {@link Int8WordKernel}'s bits, in registers of 64 bytes. */
final class Int8DotKernel extends Int8Kernel {
    /** Of a tile at most. */
    static final int ROWS = 6;
    private static final int REGISTER = 64;
    /** Registers of a strip. */
    private static final int PARTS = Int8Layout.DOUBLE_WORDS.blocks() * IntegerKernel.VECTOR_BYTES / REGISTER;
    /** Vector registers: of an input in all lanes, or a factor; of weights; of scales; sums; outputs. */
    private static final int INPUT = 0;
    private static final int WEIGHTS = 1;
    private static final int SCALES = WEIGHTS + PARTS;
    private static final int SUMS = SCALES + PARTS;
    private static final int OUTPUTS = SUMS + ROWS * PARTS;

    private final WideAssembler wide = new WideAssembler(assembler);

    Int8DotKernel(int rows) {
        super(rows, Int8Layout.DOUBLE_WORDS);
    }

    @Override
    void begin() {
        // All is in registers.
    }

    @Override
    void clearOutputs() {
        for (int i = 0; i < rows * PARTS; i++) {
            wide.vpxord(OUTPUTS + i, OUTPUTS + i, OUTPUTS + i);
        }
    }

    @Override
    void group() {
        load(SCALES, layout.start(0));
        for (int row = 0; row < rows; row++) {
            for (int part = 0; part < PARTS; part++) {
                wide.vmovups(SUMS + row * PARTS + part, SCALES + part);
            }
        }
        for (int quad = 0; quad < Int8Layout.QUADS; quad++) {
            load(WEIGHTS, layout.weights(quad));
            for (int row = 0; row < rows; row++) {
                wide.vpbroadcastd(INPUT, x(row, quad * Int8Layout.QUAD));
                for (int part = 0; part < PARTS; part++) {
                    wide.vpdpbusd(SUMS + row * PARTS + part, INPUT, WEIGHTS + part);
                }
            }
        }
        load(SCALES, layout.scales());
        final int bases = WEIGHTS;
        load(bases, layout.bases());
        for (int row = 0; row < rows; row++) {
            for (int part = 0; part < PARTS; part++) {
                int i = row * PARTS + part;
                wide.vcvtdq2ps(SUMS + i, SUMS + i);
                wide.vmulpsOfOne(INPUT, SCALES + part, x(row, Int8Inputs.STEP));
                wide.vfmadd231ps(OUTPUTS + i, SUMS + i, INPUT);
                wide.vfmadd231psOfOne(OUTPUTS + i, bases + part, x(row, Int8Inputs.SUM));
            }
        }
    }

    private void load(int first, int at) {
        for (int part = 0; part < PARTS; part++) {
            wide.vmovups(first + part, Address.at(AT, at + part * REGISTER));
        }
    }

    @Override
    void store(int row, GeneralRegister target) {
        for (int part = 0; part < PARTS; part++) {
            wide.vmovups(Address.at(target, part * REGISTER), OUTPUTS + row * PARTS + part);
        }
    }
}
