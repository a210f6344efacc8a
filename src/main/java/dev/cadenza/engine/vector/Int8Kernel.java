package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.Assembler;
import dev.cadenza.engine.machine.GeneralRegister;

/**
 * Writes the machine code of a product: tiles of rows of {@link Int8Inputs} with strips of outputs, which lie as {@link Int8Layout} says. A group's
 * products are exact sums; scale and base come once, in float32, group after group. An output's bits depend neither on the tile nor on the instructions.
 *
 * <p>The function, by the System V convention: (x of the first row, bytes from row to row, strips, tiles, y of the first row, bytes from row to row,
 * groups, strips).
 */
abstract sealed class Int8Kernel permits Int8WordKernel, Int8DotKernel {
    private static final GeneralRegister X = GeneralRegister.RDI;
    private static final GeneralRegister X_STRIDE = GeneralRegister.RSI;
    /** Rows that one register points to: with an index of once and twice the distance between rows. */
    private static final int ROWS_OF_X = 3;
    private static final GeneralRegister LAST_X = GeneralRegister.R10;
    private static final GeneralRegister FIRST_X = GeneralRegister.R12;
    private static final GeneralRegister STRIPS = GeneralRegister.RDX;
    private static final GeneralRegister STRIPS_LEFT = GeneralRegister.R14;
    /** In the strip. */
    static final GeneralRegister AT = GeneralRegister.RAX;
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

    final int rows;
    final Int8Layout layout;
    final Assembler assembler = new Assembler();

    Int8Kernel(int rows, Int8Layout layout) {
        this.rows = rows;
        this.layout = layout;
    }

    /**
     * @param rows of a tile, 1 to {@link #rows}; with fewer there is one tile
     * @return code that runs at any address
     */
    static byte[] code(int rows, Int8Layout layout) {
        Int8Kernel kernel = layout.words() ? new Int8WordKernel(rows, layout) : new Int8DotKernel(rows);
        kernel.write();
        return kernel.assembler.code();
    }

    /** Of a tile at most. */
    static int rows(Int8Layout layout) {
        return layout.words() ? Int8WordKernel.ROWS : Int8DotKernel.ROWS;
    }

    private void write() {
        for (GeneralRegister register : KEPT) {
            assembler.push(register);
        }
        assembler.mov(FRAME, GeneralRegister.RSP);
        assembler.mov(GROUPS, GROUPS_ARGUMENT);
        assembler.mov(FIRST_X, X);
        begin();
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
        // The most rows of a tile are an even number.
        for (int row = 0; row < rows(layout); row += 2) {
            assembler.lea(FIRST_X, new Address(FIRST_X, X_STRIDE, 2, 0));
            assembler.lea(Y, new Address(Y, Y_STRIDE, 2, 0));
        }
    }

    private void strip() {
        assembler.mov(X, FIRST_X);
        assembler.lea(LAST_X, new Address(X, X_STRIDE, 2, 0));
        assembler.add(LAST_X, X_STRIDE);
        assembler.mov(GROUPS_LEFT, GROUPS);
        clearOutputs();
        int next = assembler.position();
        group();
        assembler.add(X, Int8Inputs.GROUP_BYTES);
        assembler.add(LAST_X, Int8Inputs.GROUP_BYTES);
        assembler.add(AT, layout.groupBytes());
        assembler.dec(GROUPS_LEFT);
        assembler.jnz(next);
        // Of the registers it is free now.
        final GeneralRegister yOfRow = X;
        assembler.mov(yOfRow, Y_OF_STRIP);
        for (int row = 0; row < rows; row++) {
            store(row, yOfRow);
            assembler.add(yOfRow, Y_STRIDE);
        }
        assembler.add(Y_OF_STRIP, layout.blocks() * IntegerKernel.VECTOR_BYTES);
        assembler.add(AT, layout.bytesBehind());
    }

    /** Once. */
    abstract void begin();

    abstract void clearOutputs();

    /** y += step * scale * sum of products + base * sum of inputs. */
    abstract void group();

    abstract void store(int row, GeneralRegister target);

    /** A number of the current group of a row. */
    final Address x(int row, int displacement) {
        GeneralRegister base = row < ROWS_OF_X ? X : LAST_X;
        return row % ROWS_OF_X == 0 ? Address.at(base, displacement) : new Address(base, X_STRIDE, row % ROWS_OF_X, displacement);
    }
}
