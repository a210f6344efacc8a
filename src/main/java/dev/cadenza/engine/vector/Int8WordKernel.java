package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.GeneralRegister;

/** With AVX2: products of two bytes are added in words of sixteen bits, and these in one or two chains a group. */
final class Int8WordKernel extends Int8Kernel {
    /** Of a tile at most. */
    static final int ROWS = 4;
    private static final int BLOCKS = Int8Layout.WORDS.blocks();
    private static final int REGISTER = IntegerKernel.VECTOR_BYTES;
    /** Vector registers: of an input in all lanes, of a product, of the blocks' weights; the sums behind them; words of one, last. */
    private static final int INPUT = 0;
    private static final int PRODUCT = 1;
    private static final int WEIGHTS = 2;
    private static final int SUMS = WEIGHTS + BLOCKS;
    private static final int ONES = 15;

    Int8WordKernel(int rows, Int8Layout layout) {
        super(rows, layout);
    }

    @Override
    void begin() {
        assembler.add(GeneralRegister.RSP, -2 * rows * BLOCKS * REGISTER);
        assembler.and(GeneralRegister.RSP, -REGISTER);
        assembler.vpxor(INPUT, INPUT, INPUT);
        assembler.vpcmpeqd(ONES, ONES, ONES);
        assembler.vpsubw(ONES, INPUT, ONES);
    }

    @Override
    void clearOutputs() {
        assembler.vpxor(INPUT, INPUT, INPUT);
        for (int i = 0; i < rows * BLOCKS; i++) {
            assembler.vmovups(y(i), INPUT);
        }
    }

    @Override
    void group() {
        for (int quad = 0; quad < Int8Layout.QUADS; quad++) {
            for (int block = 0; block < BLOCKS; block++) {
                assembler.vmovups(WEIGHTS + block, Address.at(AT, layout.weights(quad) + block * REGISTER));
            }
            for (int row = 0; row < rows; row++) {
                assembler.vpbroadcastd(INPUT, x(row, quad * Int8Layout.QUAD));
                for (int block = 0; block < BLOCKS; block++) {
                    multiply(row * BLOCKS + block, block, quad);
                }
            }
            if (layout == Int8Layout.HALVES && quad == Int8Layout.QUADS / 2 - 1) {
                for (int i = 0; i < rows * BLOCKS; i++) {
                    assembler.vpmaddwd(PRODUCT, SUMS + i, ONES);
                    assembler.vmovups(firstChain(i), PRODUCT);
                }
            }
        }
        scale();
    }

    private void multiply(int sum, int block, int quad) {
        int quadsOfChain = Int8Layout.QUADS / layout.chains();
        if (quad % quadsOfChain == 0) {
            assembler.vpmaddubsw(SUMS + sum, INPUT, WEIGHTS + block);
            assembler.vpaddw(SUMS + sum, SUMS + sum, Address.at(AT, layout.start(quad / quadsOfChain) + block * REGISTER));
        } else {
            assembler.vpmaddubsw(PRODUCT, INPUT, WEIGHTS + block);
            assembler.vpaddw(SUMS + sum, SUMS + sum, PRODUCT);
        }
    }

    private void scale() {
        for (int block = 0; block < BLOCKS; block++) {
            assembler.vmovups(WEIGHTS + block, Address.at(AT, layout.scales() + block * REGISTER));
        }
        for (int row = 0; row < rows; row++) {
            assembler.vbroadcastss(INPUT, x(row, Int8Inputs.STEP));
            for (int block = 0; block < BLOCKS; block++) {
                int i = row * BLOCKS + block;
                assembler.vpmaddwd(SUMS + i, SUMS + i, ONES);
                if (layout == Int8Layout.HALVES) {
                    assembler.vpaddd(SUMS + i, SUMS + i, firstChain(i));
                }
                assembler.vmulps(PRODUCT, INPUT, WEIGHTS + block);
                assembler.vcvtdq2ps(SUMS + i, SUMS + i);
                assembler.vfmadd213ps(SUMS + i, PRODUCT, y(i));
            }
            assembler.vbroadcastss(INPUT, x(row, Int8Inputs.SUM));
            for (int block = 0; block < BLOCKS; block++) {
                int i = row * BLOCKS + block;
                assembler.vfmadd231ps(SUMS + i, INPUT, Address.at(AT, layout.bases() + block * REGISTER));
                assembler.vmovups(y(i), SUMS + i);
            }
        }
    }

    @Override
    void store(int row, GeneralRegister target) {
        for (int block = 0; block < BLOCKS; block++) {
            assembler.vmovups(PRODUCT, y(row * BLOCKS + block));
            assembler.vmovups(Address.at(target, block * REGISTER), PRODUCT);
        }
    }

    /** On the stack: the outputs until they are whole, then sums of a group's first chain. */
    private Address y(int i) {
        return Address.at(GeneralRegister.RSP, i * REGISTER);
    }

    private Address firstChain(int i) {
        return Address.at(GeneralRegister.RSP, (rows * BLOCKS + i) * REGISTER);
    }
}
