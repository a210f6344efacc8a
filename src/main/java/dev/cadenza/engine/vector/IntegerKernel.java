package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.Assembler;
import dev.cadenza.engine.machine.GeneralRegister;

/**
 * Writes the machine code of a product: a tile of rows of {@link IntegerInputs}, whose inputs are integers of sixteen bits, with blocks of outputs whose
 * weights are codes. A group's products are integers and added exactly; its scale and base come once, in float32, group after group: an output's bits
 * do not depend on the tile. Compiled Java has no instruction that multiplies words and adds what stands beside each other.
 *
 * <p>The function, by the System V convention: (x of the first row, bytes from row to row, codes, scales, y of the first row, bytes from row to row,
 * groups, blocks). Codes and scales as {@link CodeKernel} has them; y receives whole blocks.
 */
final class IntegerKernel {
    /** Of a register. */
    static final int VECTOR_BYTES = 32;
    /** Registers for sums: the others of 16 hold what is added to them. */
    private static final int MOST_SUMS = 12;
    /** Rows that one register points to: with an index of once and twice the distance between rows. */
    private static final int ROWS_OF_BASE = 3;
    private static final GeneralRegister X_STRIDE = GeneralRegister.RSI;
    private static final GeneralRegister[] X = {GeneralRegister.RDI, GeneralRegister.RAX, GeneralRegister.RBP, GeneralRegister.R10};
    private static final GeneralRegister CODES = GeneralRegister.RDX;
    private static final GeneralRegister SCALES = GeneralRegister.RCX;
    private static final GeneralRegister Y_STRIDE = GeneralRegister.R9;
    private static final GeneralRegister Y = GeneralRegister.R8;
    private static final GeneralRegister Y_OF_ROW = GeneralRegister.R11;
    /** The stack where it was found; below it the outputs of a block stand side by side until they are whole. */
    private static final GeneralRegister FRAME = GeneralRegister.RBX;
    private static final GeneralRegister GROUPS_LEFT = GeneralRegister.R12;
    private static final GeneralRegister BLOCKS_LEFT = GeneralRegister.R13;
    private static final GeneralRegister GROUPS = GeneralRegister.R15;
    private static final GeneralRegister FIRST_X = GeneralRegister.R14;
    private static final GeneralRegister[] KEPT = {GeneralRegister.RBX, GeneralRegister.RBP, GeneralRegister.R12, GeneralRegister.R13, GeneralRegister.R14,
            GeneralRegister.R15};
    /** Behind what was pushed, and the return address. */
    private static final Address GROUPS_ARGUMENT = Address.at(FRAME, (KEPT.length + 1) * Long.BYTES);
    private static final Address BLOCKS_ARGUMENT = Address.at(FRAME, (KEPT.length + 2) * Long.BYTES);
    /** Bytes: the processor's own guesses are too late where weights come from memory. */
    private static final int CODES_AHEAD = 2048;
    private static final int SCALES_AHEAD = CODES_AHEAD / 2;
    private static final int CACHE_LINE = 64;
    /** Vector registers: of an input in all lanes, of a product, of a block's weights; the sums behind them. */
    private static final int INPUT = 0;
    private static final int PRODUCT = 1;
    private static final int WEIGHTS = 2;

    private final int rows;
    private final int bits;
    private final int group;
    /** Registers of a block, whose outputs take four bytes each. */
    private final int parts;
    private final int blockBytes;
    private final Assembler assembler = new Assembler();

    private IntegerKernel(PackedForm.Format format, int rows, int blockBytes) {
        this.rows = rows;
        this.blockBytes = blockBytes;
        parts = blockBytes / VECTOR_BYTES;
        bits = format.bits();
        group = format.group();
    }

    /**
     * @param rows       of a tile, 1 to {@link #mostRows}
     * @param blockBytes of a block's outputs, {@link #VECTOR_BYTES} or twice as many
     * @return code that runs at any address
     */
    static byte[] code(PackedForm.Format format, int rows, int blockBytes) {
        var kernel = new IntegerKernel(format, rows, blockBytes);
        kernel.write();
        return kernel.assembler.code();
    }

    /** Of a tile. */
    static int mostRows(int blockBytes) {
        return MOST_SUMS * VECTOR_BYTES / blockBytes;
    }

    private void write() {
        for (GeneralRegister register : KEPT) {
            assembler.push(register);
        }
        assembler.mov(FRAME, GeneralRegister.RSP);
        assembler.add(GeneralRegister.RSP, -rows * blockBytes);
        assembler.and(GeneralRegister.RSP, -VECTOR_BYTES);
        assembler.mov(GROUPS, GROUPS_ARGUMENT);
        assembler.mov(BLOCKS_LEFT, BLOCKS_ARGUMENT);
        assembler.mov(FIRST_X, X[0]);
        int next = assembler.position();
        block();
        assembler.dec(BLOCKS_LEFT);
        assembler.jnz(next);
        assembler.vzeroupper();
        assembler.mov(GeneralRegister.RSP, FRAME);
        for (int i = KEPT.length - 1; i >= 0; i--) {
            assembler.pop(KEPT[i]);
        }
        assembler.ret();
    }

    private void block() {
        assembler.mov(X[0], FIRST_X);
        for (int i = 1; i * ROWS_OF_BASE < rows; i++) {
            assembler.lea(X[i], new Address(X[i - 1], X_STRIDE, 2, 0));
            assembler.add(X[i], X_STRIDE);
        }
        assembler.vpxor(INPUT, INPUT, INPUT);
        for (int sum = 0; sum < rows * parts; sum++) {
            assembler.vmovups(y(sum), INPUT);
        }
        assembler.mov(GROUPS_LEFT, GROUPS);
        int next = assembler.position();
        group();
        assembler.dec(GROUPS_LEFT);
        assembler.jnz(next);
        assembler.mov(Y_OF_ROW, Y);
        for (int row = 0; row < rows; row++) {
            // Behind the groups stands the row's step.
            assembler.vbroadcastss(INPUT, x(row, 0));
            for (int part = 0; part < parts; part++) {
                assembler.vmulps(PRODUCT, INPUT, y(row * parts + part));
                assembler.vmovups(Address.at(Y_OF_ROW, part * VECTOR_BYTES), PRODUCT);
            }
            assembler.add(Y_OF_ROW, Y_STRIDE);
        }
        assembler.add(Y, blockBytes);
    }

    private void group() {
        int words = group * bits / Integer.SIZE;
        int pairsOfWord = Integer.SIZE / bits / 2;
        for (int pair = 0; pair < group / 2; pair++) {
            int at = pair / pairsOfWord * blockBytes;
            if (pair % pairsOfWord == 0 && at % CACHE_LINE == 0) {
                assembler.prefetcht0(Address.at(CODES, at + CODES_AHEAD));
            }
            for (int part = 0; part < parts; part++) {
                takeApart(WEIGHTS + part, at + part * VECTOR_BYTES, pair % pairsOfWord);
            }
            for (int row = 0; row < rows; row++) {
                assembler.vpbroadcastd(INPUT, x(row, pair * 2 * Short.BYTES));
                for (int part = 0; part < parts; part++) {
                    multiply(row * parts + part, WEIGHTS + part, pair == 0);
                }
            }
        }
        scale();
        for (int i = 0; i * ROWS_OF_BASE < rows; i++) {
            assembler.add(X[i], IntegerInputs.groupBytes(group));
        }
        assembler.add(CODES, words * blockBytes);
        assembler.add(SCALES, 2 * blockBytes);
    }

    /** A pair of codes of a packed word, one of each half. */
    private void takeApart(int weights, int at, int pair) {
        assembler.vmovups(weights, Address.at(CODES, at));
        if (pair > 0) {
            assembler.vpsllw(weights, weights, pair * bits);
        }
        assembler.vpsraw(weights, weights, Short.SIZE - bits);
    }

    private void multiply(int sum, int weights, boolean first) {
        if (first) {
            assembler.vpmaddwd(sum(sum), weights, INPUT);
        } else {
            assembler.vpmaddwd(PRODUCT, weights, INPUT);
            assembler.vpaddd(sum(sum), sum(sum), PRODUCT);
        }
    }

    /** y += scale * sum of products + base * sum of inputs. */
    private void scale() {
        for (int at = 0; at < 2 * blockBytes; at += CACHE_LINE) {
            assembler.prefetcht0(Address.at(SCALES, at + SCALES_AHEAD));
        }
        for (int part = 0; part < parts; part++) {
            assembler.vmovups(WEIGHTS + part, Address.at(SCALES, part * VECTOR_BYTES));
        }
        for (int row = 0; row < rows; row++) {
            assembler.vbroadcastss(INPUT, x(row, group * Short.BYTES));
            for (int part = 0; part < parts; part++) {
                int sum = sum(row * parts + part);
                assembler.vcvtdq2ps(sum, sum);
                assembler.vfmadd213ps(sum, WEIGHTS + part, y(row * parts + part));
                assembler.vfmadd231ps(sum, INPUT, Address.at(SCALES, blockBytes + part * VECTOR_BYTES));
                assembler.vmovups(y(row * parts + part), sum);
            }
        }
    }

    private int sum(int index) {
        return WEIGHTS + parts + index;
    }

    private Address y(int sum) {
        return Address.at(GeneralRegister.RSP, sum * VECTOR_BYTES);
    }

    private Address x(int row, int displacement) {
        GeneralRegister base = X[row / ROWS_OF_BASE];
        int index = row % ROWS_OF_BASE;
        return index == 0 ? Address.at(base, displacement) : new Address(base, X_STRIDE, index, displacement);
    }
}
