package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.Assembler;
import dev.cadenza.engine.machine.GeneralRegister;

/**
 * Writes the machine code of a product: tiles of rows of {@link Int8Inputs} with strips of two blocks of outputs. Bytes are multiplied, and the
 * products added in words of sixteen bits, in one or two chains a group: in one where the weights are so small that no input makes the words overflow
 * ({@link #fits}); two always fit. So a group's products are exact sums; scale and base come once, in float32, group after group. An output's bits depend
 * neither on the tile nor on the chains.
 *
 * <p>The function, by the System V convention: (x of the first row, bytes from row to row, strips, tiles, y of the first row, bytes from row to row,
 * groups, strips). A strip has, group after group and block beside block: weights of four inputs, eight times; where the sums of a chain start; scales;
 * bases; and {@link #BEHIND_STRIP} bytes that are not for the kernel.
 */
final class Int8Kernel {
    /** Of a strip. */
    static final int BLOCKS = 2;
    /** Of a tile at most. */
    static final int ROWS = 4;
    static final int MOST_CHAINS = 2;
    private static final int REGISTER = IntegerKernel.VECTOR_BYTES;
    static final int BEHIND_STRIP = BLOCKS * REGISTER;
    private static final int QUAD = 4;
    private static final int QUADS = Int8Inputs.GROUP / QUAD;
    private static final GeneralRegister X = GeneralRegister.RDI;
    private static final GeneralRegister X_STRIDE = GeneralRegister.RSI;
    /** Rows that X points to: with an index of once and twice the distance between rows. */
    private static final int ROWS_OF_X = 3;
    private static final GeneralRegister LAST_X = GeneralRegister.R10;
    private static final GeneralRegister FIRST_X = GeneralRegister.R12;
    private static final GeneralRegister STRIPS = GeneralRegister.RDX;
    private static final GeneralRegister STRIPS_LEFT = GeneralRegister.R14;
    private static final GeneralRegister AT = GeneralRegister.RAX;
    private static final GeneralRegister TILES_LEFT = GeneralRegister.RCX;
    private static final GeneralRegister Y = GeneralRegister.R8;
    private static final GeneralRegister Y_STRIDE = GeneralRegister.R9;
    private static final GeneralRegister GROUPS = GeneralRegister.R11;
    private static final GeneralRegister GROUPS_LEFT = GeneralRegister.R13;
    private static final GeneralRegister Y_OF_STRIP = GeneralRegister.R15;
    private static final GeneralRegister FRAME = GeneralRegister.RBX;
    private static final GeneralRegister[] KEPT = {FRAME, FIRST_X, GROUPS_LEFT, STRIPS_LEFT, Y_OF_STRIP};
    /** Behind what was pushed, and the return address. */
    private static final Address GROUPS_ARGUMENT = Address.at(FRAME, (KEPT.length + 1) * Long.BYTES);
    private static final Address STRIPS_ARGUMENT = Address.at(FRAME, (KEPT.length + 2) * Long.BYTES);
    /** Vector registers: of an input in all lanes, of a product, of the blocks' weights; the sums behind them; words of one, last. */
    private static final int INPUT = 0;
    private static final int PRODUCT = 1;
    private static final int WEIGHTS = 2;
    private static final int SUMS = WEIGHTS + BLOCKS;
    private static final int ONES = 15;

    private final int rows;
    private final int chains;
    private final Assembler assembler = new Assembler();

    private Int8Kernel(int rows, int chains) {
        this.rows = rows;
        this.chains = chains;
    }

    /**
     * @param rows   of a tile, 1 to {@link #ROWS}; with fewer there is one tile
     * @param chains of a group, 1 or 2
     * @return code that runs at any address
     */
    static byte[] code(int rows, int chains) {
        var kernel = new Int8Kernel(rows, chains);
        kernel.write();
        return kernel.assembler.code();
    }

    /** Bytes from a group's first on of a quad's weights in the first block; those of the second are beside them. */
    static int weights(int quad) {
        return quad * BLOCKS * REGISTER;
    }

    static int start(int chain) {
        return weights(QUADS) + chain * BLOCKS * REGISTER;
    }

    static int scales(int chains) {
        return start(chains);
    }

    static int bases(int chains) {
        return start(chains) + BLOCKS * REGISTER;
    }

    static int groupBytes(int chains) {
        return start(chains) + 2 * BLOCKS * REGISTER;
    }

    /** @param greatest sum of absolute weights that a lane adds up in one chain */
    static boolean fits(int greatest) {
        return greatest * Int8Inputs.LARGEST <= Short.MAX_VALUE;
    }

    private void write() {
        for (GeneralRegister register : KEPT) {
            assembler.push(register);
        }
        assembler.mov(FRAME, GeneralRegister.RSP);
        assembler.add(GeneralRegister.RSP, -2 * rows * BLOCKS * REGISTER);
        assembler.and(GeneralRegister.RSP, -REGISTER);
        assembler.vpxor(INPUT, INPUT, INPUT);
        assembler.vpcmpeqd(ONES, ONES, ONES);
        assembler.vpsubw(ONES, INPUT, ONES);
        assembler.mov(GROUPS, GROUPS_ARGUMENT);
        assembler.mov(FIRST_X, X);
        int next = assembler.position();
        tile();
        assembler.dec(TILES_LEFT);
        assembler.jnz(next);
        assembler.vzeroupper();
        assembler.mov(GeneralRegister.RSP, FRAME);
        for (int i = KEPT.length - 1; i >= 0; i--) {
            assembler.pop(KEPT[i]);
        }
        assembler.ret();
    }

    private void tile() {
        assembler.mov(AT, STRIPS);
        assembler.mov(STRIPS_LEFT, STRIPS_ARGUMENT);
        assembler.mov(Y_OF_STRIP, Y);
        int next = assembler.position();
        strip();
        assembler.dec(STRIPS_LEFT);
        assembler.jnz(next);
        assembler.lea(FIRST_X, new Address(FIRST_X, X_STRIDE, ROWS, 0));
        assembler.lea(Y, new Address(Y, Y_STRIDE, ROWS, 0));
    }

    private void strip() {
        assembler.mov(X, FIRST_X);
        assembler.lea(LAST_X, new Address(X, X_STRIDE, 2, 0));
        assembler.add(LAST_X, X_STRIDE);
        assembler.mov(GROUPS_LEFT, GROUPS);
        assembler.vpxor(INPUT, INPUT, INPUT);
        for (int i = 0; i < rows * BLOCKS; i++) {
            assembler.vmovups(y(i), INPUT);
        }
        int next = assembler.position();
        group();
        assembler.dec(GROUPS_LEFT);
        assembler.jnz(next);
        // Of the registers it is free now.
        final GeneralRegister yOfRow = X;
        assembler.mov(yOfRow, Y_OF_STRIP);
        for (int row = 0; row < rows; row++) {
            for (int block = 0; block < BLOCKS; block++) {
                assembler.vmovups(PRODUCT, y(row * BLOCKS + block));
                assembler.vmovups(Address.at(yOfRow, block * REGISTER), PRODUCT);
            }
            assembler.add(yOfRow, Y_STRIDE);
        }
        assembler.add(Y_OF_STRIP, BLOCKS * REGISTER);
        assembler.add(AT, BEHIND_STRIP);
    }

    private void group() {
        for (int quad = 0; quad < QUADS; quad++) {
            for (int block = 0; block < BLOCKS; block++) {
                assembler.vmovups(WEIGHTS + block, Address.at(AT, weights(quad) + block * REGISTER));
            }
            for (int row = 0; row < rows; row++) {
                assembler.vpbroadcastd(INPUT, x(row, quad * QUAD));
                for (int block = 0; block < BLOCKS; block++) {
                    multiply(row * BLOCKS + block, block, quad);
                }
            }
            if (chains == MOST_CHAINS && quad == QUADS / 2 - 1) {
                for (int i = 0; i < rows * BLOCKS; i++) {
                    assembler.vpmaddwd(PRODUCT, SUMS + i, ONES);
                    assembler.vmovups(firstChain(i), PRODUCT);
                }
            }
        }
        scale();
        assembler.add(X, Int8Inputs.GROUP_BYTES);
        assembler.add(LAST_X, Int8Inputs.GROUP_BYTES);
        assembler.add(AT, groupBytes(chains));
    }

    private void multiply(int sum, int block, int quad) {
        int quadsOfChain = QUADS / chains;
        if (quad % quadsOfChain == 0) {
            assembler.vpmaddubsw(SUMS + sum, INPUT, WEIGHTS + block);
            assembler.vpaddw(SUMS + sum, SUMS + sum, Address.at(AT, start(quad / quadsOfChain) + block * REGISTER));
        } else {
            assembler.vpmaddubsw(PRODUCT, INPUT, WEIGHTS + block);
            assembler.vpaddw(SUMS + sum, SUMS + sum, PRODUCT);
        }
    }

    /** y += step * scale * sum of products + base * sum of inputs. */
    private void scale() {
        for (int block = 0; block < BLOCKS; block++) {
            assembler.vmovups(WEIGHTS + block, Address.at(AT, scales(chains) + block * REGISTER));
        }
        for (int row = 0; row < rows; row++) {
            assembler.vbroadcastss(INPUT, x(row, Int8Inputs.STEP));
            for (int block = 0; block < BLOCKS; block++) {
                int i = row * BLOCKS + block;
                assembler.vpmaddwd(SUMS + i, SUMS + i, ONES);
                if (chains == MOST_CHAINS) {
                    assembler.vpaddd(SUMS + i, SUMS + i, firstChain(i));
                }
                assembler.vmulps(PRODUCT, INPUT, WEIGHTS + block);
                assembler.vcvtdq2ps(SUMS + i, SUMS + i);
                assembler.vfmadd213ps(SUMS + i, PRODUCT, y(i));
            }
            assembler.vbroadcastss(INPUT, x(row, Int8Inputs.SUM));
            for (int block = 0; block < BLOCKS; block++) {
                int i = row * BLOCKS + block;
                assembler.vfmadd231ps(SUMS + i, INPUT, Address.at(AT, bases(chains) + block * REGISTER));
                assembler.vmovups(y(i), SUMS + i);
            }
        }
    }

    /** On the stack: the outputs until they are whole, then sums of a group's first chain. */
    private Address y(int i) {
        return Address.at(GeneralRegister.RSP, i * REGISTER);
    }

    private Address firstChain(int i) {
        return Address.at(GeneralRegister.RSP, (rows * BLOCKS + i) * REGISTER);
    }

    private Address x(int row, int displacement) {
        if (row == ROWS_OF_X) {
            return Address.at(LAST_X, displacement);
        }
        return row == 0 ? Address.at(X, displacement) : new Address(X, X_STRIDE, row, displacement);
    }
}
