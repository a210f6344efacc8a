package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.Assembler;
import dev.cadenza.engine.machine.GeneralRegister;

/**
 * Writes the machine code of a product of integers of sixteen bits, of tiles of rows with all columns, sixteen at a time. Sums are exact as long as they
 * fit into 32 bits, which the caller sees to; then they come to the outputs as their {@link Ending} says.
 *
 * <p>The function, by the System V convention: (a of the first row, bytes from row to row, b, tiles, outputs of the first row, bytes from row to row,
 * fours of inputs, sixteens of columns, rows' factors, columns' scales, bytes of b from pair to pair of inputs). a has rows of inputs; b has for each
 * pair of inputs the columns' pairs side by side; outputs are float32.
 */
final class Int16ProductKernel {
    /** What becomes of a sum. */
    enum Ending {
        /** output = sum * the column's scale * the row's {@link #SCALE}. */
        SCALED(Int16ProductKernel.SCALE),
        /** output = output * the row's {@link #FADING} + sum * the row's {@link #FACTOR}. */
        ADDED(Int16ProductKernel.FACTOR);

        private final int factor;

        Ending(int factor) {
            this.factor = factor;
        }
    }

    /** Of a tile at most. */
    static final int ROWS = 6;
    /** Bytes from one row's factors to the next one's, and where among them each is. */
    static final int ROW_FACTORS = 64;
    static final int FACTOR = 0;
    static final int FADING = Float.BYTES;
    static final int SCALE = 3 * Float.BYTES;
    /** Of a step. */
    static final int COLUMNS = 16;
    private static final int REGISTER = IntegerKernel.VECTOR_BYTES;
    private static final int PARTS = COLUMNS * Float.BYTES / REGISTER;
    private static final int PAIR = 2 * Short.BYTES;
    /** Pairs of a round. */
    private static final int TOGETHER = 2;
    private static final GeneralRegister A = GeneralRegister.RDI;
    private static final GeneralRegister A_STRIDE = GeneralRegister.RSI;
    /** Rows that one register points to: with an index of once and twice the distance between rows. */
    private static final int ROWS_OF_BASE = 3;
    private static final GeneralRegister[] A_AT = {GeneralRegister.RAX, GeneralRegister.RBP};
    private static final GeneralRegister B = GeneralRegister.RDX;
    private static final GeneralRegister B_AT = GeneralRegister.R10;
    private static final GeneralRegister B_STRIDE = GeneralRegister.R15;
    private static final GeneralRegister TILES_LEFT = GeneralRegister.RCX;
    private static final GeneralRegister OUT = GeneralRegister.R8;
    private static final GeneralRegister OUT_STRIDE = GeneralRegister.R9;
    private static final GeneralRegister ROUNDS_LEFT = GeneralRegister.R11;
    private static final GeneralRegister COLUMNS_AT = GeneralRegister.R12;
    private static final GeneralRegister STEPS_LEFT = GeneralRegister.R14;
    private static final GeneralRegister FACTORS = GeneralRegister.R13;
    private static final GeneralRegister FRAME = GeneralRegister.RBX;
    /** Of the registers they are free when sums are whole. */
    private static final GeneralRegister OUT_OF_ROW = A_AT[0];
    private static final GeneralRegister SCALES = A_AT[1];
    private static final GeneralRegister[] KEPT = {FRAME, GeneralRegister.RBP, COLUMNS_AT, FACTORS, STEPS_LEFT, B_STRIDE};
    /** Vector registers: of an input pair in all lanes, of a product, of columns; the sums behind them. */
    private static final int INPUT = 0;
    private static final int PRODUCT = 1;
    private static final int WEIGHTS = 2;
    private static final int SUMS = WEIGHTS + PARTS;

    private final int rows;
    private final Ending ending;
    private final Assembler assembler = new Assembler();

    private Int16ProductKernel(int rows, Ending ending) {
        this.rows = rows;
        this.ending = ending;
    }

    /**
     * @param rows of a tile, 1 to {@link #ROWS}
     * @return code that runs at any address
     */
    static byte[] code(int rows, Ending ending) {
        var kernel = new Int16ProductKernel(rows, ending);
        kernel.write();
        return kernel.assembler.code();
    }

    /** Behind what was pushed, and the return address. */
    private static Address argument(int index) {
        return Address.at(FRAME, (KEPT.length + 1 + index) * Long.BYTES);
    }

    private void write() {
        for (GeneralRegister register : KEPT) {
            assembler.push(register);
        }
        assembler.mov(FRAME, GeneralRegister.RSP);
        assembler.mov(FACTORS, argument(2));
        int next = assembler.position();
        tile();
        assembler.dec(TILES_LEFT);
        assembler.jnz(next);
        assembler.vzeroupper();
        for (int i = KEPT.length - 1; i >= 0; i--) {
            assembler.pop(KEPT[i]);
        }
        assembler.ret();
    }

    private void tile() {
        assembler.mov(STEPS_LEFT, argument(1));
        assembler.mov(B_STRIDE, argument(4));
        assembler.and(COLUMNS_AT, 0);
        int next = assembler.position();
        columns();
        assembler.add(COLUMNS_AT, COLUMNS * Float.BYTES);
        assembler.dec(STEPS_LEFT);
        assembler.jnz(next);
        for (int row = 0; row < rows; row++) {
            assembler.add(A, A_STRIDE);
            assembler.add(OUT, OUT_STRIDE);
        }
        assembler.add(FACTORS, rows * ROW_FACTORS);
    }

    private void columns() {
        assembler.mov(A_AT[0], A);
        assembler.lea(A_AT[1], new Address(A, A_STRIDE, 2, 0));
        assembler.add(A_AT[1], A_STRIDE);
        assembler.lea(B_AT, new Address(B, COLUMNS_AT, 1, 0));
        assembler.mov(ROUNDS_LEFT, argument(0));
        for (int sum = 0; sum < rows * PARTS; sum++) {
            assembler.vpxor(SUMS + sum, SUMS + sum, SUMS + sum);
        }
        int next = assembler.position();
        for (int pair = 0; pair < TOGETHER; pair++) {
            multiply(pair);
        }
        for (GeneralRegister at : A_AT) {
            assembler.add(at, TOGETHER * PAIR);
        }
        assembler.lea(B_AT, new Address(B_AT, B_STRIDE, TOGETHER, 0));
        assembler.dec(ROUNDS_LEFT);
        assembler.jnz(next);
        end();
    }

    private void multiply(int pair) {
        for (int part = 0; part < PARTS; part++) {
            assembler.vmovups(WEIGHTS + part, pair == 0 ? Address.at(B_AT, part * REGISTER) : new Address(B_AT, B_STRIDE, pair, part * REGISTER));
        }
        for (int row = 0; row < rows; row++) {
            assembler.vpbroadcastd(INPUT, a(row, pair * PAIR));
            for (int part = 0; part < PARTS; part++) {
                assembler.vpmaddwd(PRODUCT, INPUT, WEIGHTS + part);
                assembler.vpaddd(SUMS + row * PARTS + part, SUMS + row * PARTS + part, PRODUCT);
            }
        }
    }

    private void end() {
        if (ending == Ending.SCALED) {
            assembler.mov(SCALES, argument(3));
            for (int part = 0; part < PARTS; part++) {
                assembler.vmovups(WEIGHTS + part, new Address(SCALES, COLUMNS_AT, 1, part * REGISTER));
            }
        }
        assembler.lea(OUT_OF_ROW, new Address(OUT, COLUMNS_AT, 1, 0));
        for (int row = 0; row < rows; row++) {
            assembler.vbroadcastss(INPUT, Address.at(FACTORS, row * ROW_FACTORS + ending.factor));
            if (ending == Ending.ADDED) {
                assembler.vbroadcastss(PRODUCT, Address.at(FACTORS, row * ROW_FACTORS + FADING));
            }
            for (int part = 0; part < PARTS; part++) {
                int sum = SUMS + row * PARTS + part;
                Address output = Address.at(OUT_OF_ROW, part * REGISTER);
                assembler.vcvtdq2ps(sum, sum);
                if (ending == Ending.SCALED) {
                    assembler.vmulps(sum, sum, WEIGHTS + part);
                }
                assembler.vmulps(sum, sum, INPUT);
                if (ending == Ending.ADDED) {
                    assembler.vfmadd231ps(sum, PRODUCT, output);
                }
                assembler.vmovups(output, sum);
            }
            assembler.add(OUT_OF_ROW, OUT_STRIDE);
        }
    }

    private Address a(int row, int displacement) {
        GeneralRegister base = A_AT[row / ROWS_OF_BASE];
        int index = row % ROWS_OF_BASE;
        return index == 0 ? Address.at(base, displacement) : new Address(base, A_STRIDE, index, displacement);
    }
}
