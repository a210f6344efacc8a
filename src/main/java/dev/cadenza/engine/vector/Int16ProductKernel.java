package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.Assembler;
import dev.cadenza.engine.machine.GeneralRegister;

/**
 * Writes the machine code of a product of integers of sixteen bits, of tiles of rows with all columns, some at a time. Sums are exact as long as they
 * fit into 32 bits, which the caller sees to; then they come to the outputs as their {@link Ending} says. The bits do not depend on the instructions.
 *
 * <p>The function, by the System V convention: (a of the first row, bytes from row to row, b, tiles, outputs of the first row, bytes from row to row,
 * fours of inputs, steps of columns, rows' factors, columns' scales, bytes of b from pair to pair of inputs). a has rows of inputs; b has for each
 * pair of inputs the columns' pairs side by side; outputs are float32.
 */
abstract sealed class Int16ProductKernel permits Int16PairKernel, Int16DotKernel {
    /** What becomes of a sum. */
    enum Ending {
        /** output = sum * the column's scale * the row's {@link #SCALE}. */
        SCALED(Int16ProductKernel.SCALE),
        /** output = output * the row's {@link #FADING} + sum * the row's {@link #FACTOR}. */
        ADDED(Int16ProductKernel.FACTOR);

        /** Byte of the row's factor. */
        final int factor;

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
    /** Whatever the instructions, columns are a multiple of it. */
    static final int COLUMNS = 16;
    static final int PAIR = 2 * Short.BYTES;
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

    final int rows;
    final Ending ending;
    final Assembler assembler = new Assembler();
    /** Of a step. */
    private final int columns;

    Int16ProductKernel(int rows, Ending ending, int columns) {
        this.rows = rows;
        this.ending = ending;
        this.columns = columns;
    }

    /**
     * @param rows of a tile, 1 to {@link #ROWS}
     * @return code that runs at any address, of steps of {@link #COLUMNS}
     */
    static byte[] code(int rows, Ending ending) {
        return new Int16PairKernel(rows, ending).write();
    }

    /**
     * The same with AVX-512's dot products.
     *
     * @param columns of a step, {@link #COLUMNS} or two or four times as many
     */
    static byte[] dotProductCode(int rows, Ending ending, int columns) {
        return new Int16DotKernel(rows, ending, columns).write();
    }

    /** Behind what was pushed, and the return address. */
    private static Address argument(int index) {
        return Address.at(FRAME, (KEPT.length + 1 + index) * Long.BYTES);
    }

    final byte[] write() {
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
        return assembler.code();
    }

    private void tile() {
        assembler.mov(STEPS_LEFT, argument(1));
        assembler.mov(B_STRIDE, argument(4));
        assembler.and(COLUMNS_AT, 0);
        int next = assembler.position();
        columns();
        assembler.add(COLUMNS_AT, columns * Float.BYTES);
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
        clearSums();
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

    private void end() {
        if (ending == Ending.SCALED) {
            assembler.mov(SCALES, argument(3));
            loadScales();
        }
        assembler.lea(OUT_OF_ROW, new Address(OUT, COLUMNS_AT, 1, 0));
        for (int row = 0; row < rows; row++) {
            end(row);
            assembler.add(OUT_OF_ROW, OUT_STRIDE);
        }
    }

    abstract void clearSums();

    /** Adds the products with a pair of inputs of a round. */
    abstract void multiply(int pair);

    abstract void loadScales();

    /** Brings a row's sums to its outputs. */
    abstract void end(int row);

    final Address a(int row, int pair) {
        GeneralRegister base = A_AT[row / ROWS_OF_BASE];
        int index = row % ROWS_OF_BASE;
        return index == 0 ? Address.at(base, pair * PAIR) : new Address(base, A_STRIDE, index, pair * PAIR);
    }

    /** @param at byte of the step's */
    static Address b(int pair, int at) {
        return pair == 0 ? Address.at(B_AT, at) : new Address(B_AT, B_STRIDE, pair, at);
    }

    /** @param at byte of the step's */
    static Address scale(int at) {
        return new Address(SCALES, COLUMNS_AT, 1, at);
    }

    static Address output(int at) {
        return Address.at(OUT_OF_ROW, at);
    }

    static Address factor(int row, int at) {
        return Address.at(FACTORS, row * ROW_FACTORS + at);
    }
}
