package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.Assembler;
import dev.cadenza.engine.machine.GeneralRegister;
import dev.cadenza.engine.machine.WideAssembler;

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
    /** Of a tile, whose sums have a register each: the others of 16 hold what is added to them. */
    static final int MOST_ROWS = 12;
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

    /** Fewer rows wait for their sums, and an addition is done sooner than a dot product. */
    private static final int FEWEST_FOR_DOT_PRODUCTS = 5;

    private final int rows;
    private final boolean dotProducts;
    private final int bits;
    private final int group;
    private final Assembler assembler = new Assembler();
    private final WideAssembler wide = new WideAssembler(assembler);

    private IntegerKernel(PackedForm.Format format, int rows, boolean dotProducts) {
        this.rows = rows;
        this.dotProducts = dotProducts && rows >= FEWEST_FOR_DOT_PRODUCTS;
        bits = format.bits();
        group = format.group();
    }

    /**
     * @param rows        of a tile, 1 to {@link #MOST_ROWS}
     * @param dotProducts whether AVX-512's may be used; the bits are the same
     * @return code that runs at any address
     */
    static byte[] code(PackedForm.Format format, int rows, boolean dotProducts) {
        var kernel = new IntegerKernel(format, rows, dotProducts);
        kernel.write();
        return kernel.assembler.code();
    }

    private void write() {
        for (GeneralRegister register : KEPT) {
            assembler.push(register);
        }
        assembler.mov(FRAME, GeneralRegister.RSP);
        assembler.add(GeneralRegister.RSP, -rows * VECTOR_BYTES);
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
        for (int row = 0; row < rows; row++) {
            assembler.vmovups(y(row), INPUT);
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
            assembler.vmulps(PRODUCT, INPUT, y(row));
            assembler.vmovups(Address.at(Y_OF_ROW, 0), PRODUCT);
            assembler.add(Y_OF_ROW, Y_STRIDE);
        }
        assembler.add(Y, VECTOR_BYTES);
    }

    private void group() {
        int words = group * bits / Integer.SIZE;
        int pairsOfWord = Integer.SIZE / bits / 2;
        for (int pair = 0; pair < group / 2; pair++) {
            int at = pair / pairsOfWord * VECTOR_BYTES;
            if (pair % pairsOfWord == 0 && at % CACHE_LINE == 0) {
                assembler.prefetcht0(Address.at(CODES, at + CODES_AHEAD));
            }
            takeApart(at, pair % pairsOfWord);
            for (int row = 0; row < rows; row++) {
                assembler.vpbroadcastd(INPUT, x(row, pair * 2 * Short.BYTES));
                multiply(row, pair == 0);
            }
        }
        scale();
        for (int i = 0; i * ROWS_OF_BASE < rows; i++) {
            assembler.add(X[i], IntegerInputs.groupBytes(group));
        }
        assembler.add(CODES, words * VECTOR_BYTES);
        assembler.add(SCALES, 2 * VECTOR_BYTES);
    }

    /** A pair of codes of a packed word, one of each half. */
    private void takeApart(int at, int pair) {
        assembler.vmovups(WEIGHTS, Address.at(CODES, at));
        if (pair > 0) {
            assembler.vpsllw(WEIGHTS, WEIGHTS, pair * bits);
        }
        assembler.vpsraw(WEIGHTS, WEIGHTS, Short.SIZE - bits);
    }

    private void multiply(int row, boolean first) {
        if (first) {
            assembler.vpmaddwd(sum(row), WEIGHTS, INPUT);
        } else if (dotProducts) {
            wide.vpdpwssdOfHalves(sum(row), WEIGHTS, INPUT);
        } else {
            assembler.vpmaddwd(PRODUCT, WEIGHTS, INPUT);
            assembler.vpaddd(sum(row), sum(row), PRODUCT);
        }
    }

    /** y += scale * sum of products + base * sum of inputs. */
    private void scale() {
        for (int at = 0; at < 2 * VECTOR_BYTES; at += CACHE_LINE) {
            assembler.prefetcht0(Address.at(SCALES, at + SCALES_AHEAD));
        }
        assembler.vmovups(WEIGHTS, Address.at(SCALES, 0));
        for (int row = 0; row < rows; row++) {
            assembler.vbroadcastss(INPUT, x(row, group * Short.BYTES));
            int sum = sum(row);
            assembler.vcvtdq2ps(sum, sum);
            assembler.vfmadd213ps(sum, WEIGHTS, y(row));
            assembler.vfmadd231ps(sum, INPUT, Address.at(SCALES, VECTOR_BYTES));
            assembler.vmovups(y(row), sum);
        }
    }

    private static int sum(int row) {
        return WEIGHTS + 1 + row;
    }

    private static Address y(int row) {
        return Address.at(GeneralRegister.RSP, row * VECTOR_BYTES);
    }

    private Address x(int row, int displacement) {
        GeneralRegister base = X[row / ROWS_OF_BASE];
        int index = row % ROWS_OF_BASE;
        return index == 0 ? Address.at(base, displacement) : new Address(base, X_STRIDE, index, displacement);
    }
}
