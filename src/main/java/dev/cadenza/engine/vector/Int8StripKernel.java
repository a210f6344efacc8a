package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.Assembler;
import dev.cadenza.engine.machine.GeneralRegister;

/**
 * Writes the machine code that makes a block of a strip for {@link Int8Kernel} of a block's codes of four bits, which it multiplies by the matrix of
 * {@link Int8Inputs}, without loss: a function of {@link RowCode}, whose source are the codes, with the scales in the given distance, and whose count is
 * the groups; ahead is in bytes of scales. Where sums are in words, the greatest sums of absolute weights that one of them adds up in one chain come
 * behind the last group.
 */
final class Int8StripKernel {
    private static final int WORDS = Int8Inputs.GROUP / Int8Inputs.BLOCK;
    private static final int REGISTER = IntegerKernel.VECTOR_BYTES;
    private static final GeneralRegister SCALES = GeneralRegister.RAX;
    /** Constants, in the order of their places: the sign of a code, its bits, to add up, to spread a quad's first byte, what codes with another sign give too much. */
    private static final int SIGNS = 0;
    private static final int BITS = 1;
    private static final int ONE_BYTES = 2;
    private static final int ONE_WORDS = 3;
    private static final int FIRST_OF_QUAD = 4;
    private static final int EXCESS = 5;
    private static final int CONSTANTS = 6;
    private static final int CODE_BITS = 4;
    private static final int CACHE_LINE = 64;
    /** Bytes of codes to a byte of scales. */
    private static final int CODES_PER_SCALES = WORDS / 2;
    /** Eight times eight, halved: the sums of a block's codes, each eight too great, that a rotated one is made of. */
    private static final int TOO_MUCH = 32;
    /** Of {@link Int8Inputs#OFFSET}. */
    private static final int OFFSET_BITS = 7;
    /** Vector registers; the constants' last. */
    private static final int CODES = 0;
    private static final int SUMS = 1;
    private static final int DIFFERENCES = 2;
    private static final int TOTAL = 3;
    private static final int TWICE = 4;
    private static final int SUM = 5;
    private static final int ABSOLUTE_SUM = 6;
    private static final int GREATEST = 7;
    private static final int ZERO = 8;
    private static final int FIRST_CONSTANT = 10;

    private final Int8Layout layout;
    private final Assembler assembler = new Assembler();

    private Int8StripKernel(Int8Layout layout) {
        this.layout = layout;
    }

    /** @return code that runs at any address */
    static byte[] code(Int8Layout layout) {
        var kernel = new Int8StripKernel(layout);
        kernel.write();
        return kernel.assembler.code();
    }

    static int[] constants() {
        int[] each = {0x88888888, 0x0F0F0F0F, 0x01010101, 0x00010001, 0, TOO_MUCH * 0x01010101};
        int lanes = REGISTER / Integer.BYTES;
        int[] inAllLanes = new int[CONSTANTS * lanes];
        for (int i = 0; i < inAllLanes.length; i++) {
            int quad = i % (lanes / 2) * Integer.BYTES;
            inAllLanes[i] = i / lanes == FIRST_OF_QUAD ? quad * 0x01010101 : each[i / lanes];
        }
        return inAllLanes;
    }

    private void write() {
        for (int i = 0; i < CONSTANTS; i++) {
            assembler.vmovups(FIRST_CONSTANT + i, Address.at(RowCode.CONSTANTS, i * REGISTER));
        }
        assembler.vpxor(ZERO, ZERO, ZERO);
        assembler.vpxor(GREATEST, GREATEST, GREATEST);
        assembler.lea(SCALES, new Address(RowCode.SOURCE, RowCode.DISTANCE, 1, 0));
        int next = assembler.position();
        askAhead();
        for (int chain = 0; chain < layout.chains(); chain++) {
            chain(chain);
        }
        for (int i = 0; i < 2; i++) {
            assembler.vmovups(CODES, Address.at(SCALES, i * REGISTER));
            assembler.vmovups(Address.at(RowCode.TARGET, i == 0 ? layout.scales() : layout.bases()), CODES);
        }
        assembler.add(RowCode.SOURCE, WORDS * REGISTER);
        assembler.add(SCALES, 2 * REGISTER);
        assembler.add(RowCode.TARGET, layout.groupBytes());
        assembler.dec(RowCode.COUNT);
        assembler.jnz(next);
        if (layout.words()) {
            assembler.vmovups(Address.at(RowCode.TARGET, 0), GREATEST);
        }
        assembler.vzeroupper();
        assembler.ret();
    }

    /** Has come from memory what the thread will want when this strip is done. */
    private void askAhead() {
        for (int at = 0; at < WORDS * REGISTER; at += CACHE_LINE) {
            assembler.prefetcht0(new Address(RowCode.SOURCE, RowCode.AHEAD, CODES_PER_SCALES, at));
        }
        assembler.prefetcht0(new Address(SCALES, RowCode.AHEAD, 1, 0));
    }

    private void chain(int chain) {
        assembler.vpxor(SUM, SUM, SUM);
        assembler.vpxor(ABSOLUTE_SUM, ABSOLUTE_SUM, ABSOLUTE_SUM);
        for (int word = chain * WORDS / layout.chains(); word < (chain + 1) * WORDS / layout.chains(); word++) {
            takeApart(word);
            rotate(SUMS);
            assembler.vpsubb(SUMS, SUMS, FIRST_CONSTANT + EXCESS);
            store(SUMS, 2 * word);
            rotate(DIFFERENCES);
            store(DIFFERENCES, 2 * word + 1);
        }
        // Less what the inputs' offset adds.
        if (layout.words()) {
            assembler.vpsllw(SUM, SUM, OFFSET_BITS);
            assembler.vpsubw(SUM, ZERO, SUM);
            assembler.vpmaxsw(GREATEST, GREATEST, ABSOLUTE_SUM);
        } else {
            assembler.vpmaddwd(SUM, SUM, FIRST_CONSTANT + ONE_WORDS);
            assembler.vpslld(SUM, SUM, OFFSET_BITS);
            assembler.vpsubd(SUM, ZERO, SUM);
        }
        assembler.vmovups(Address.at(RowCode.TARGET, layout.start(chain)), SUM);
    }

    /** A word has eight codes; with the other sign they are 0 to 15. */
    private void takeApart(int word) {
        assembler.vpxor(CODES, FIRST_CONSTANT + SIGNS, Address.at(RowCode.SOURCE, word * REGISTER));
        assembler.vpand(SUMS, CODES, FIRST_CONSTANT + BITS);
        assembler.vpsrld(CODES, CODES, CODE_BITS);
        assembler.vpand(CODES, CODES, FIRST_CONSTANT + BITS);
        assembler.vpsubb(DIFFERENCES, SUMS, CODES);
        assembler.vpaddb(SUMS, SUMS, CODES);
    }

    /** Each of four to the sum of the others without itself. */
    private void rotate(int quad) {
        assembler.vpmaddubsw(TOTAL, FIRST_CONSTANT + ONE_BYTES, quad);
        assembler.vpmaddwd(TOTAL, TOTAL, FIRST_CONSTANT + ONE_WORDS);
        assembler.vpshufb(TOTAL, TOTAL, FIRST_CONSTANT + FIRST_OF_QUAD);
        assembler.vpaddb(TWICE, quad, quad);
        assembler.vpsubb(quad, TOTAL, TWICE);
    }

    private void store(int weights, int quad) {
        assembler.vmovups(Address.at(RowCode.TARGET, layout.weights(quad)), weights);
        assembler.vpmaddubsw(TOTAL, FIRST_CONSTANT + ONE_BYTES, weights);
        assembler.vpaddw(SUM, SUM, TOTAL);
        if (layout.words()) {
            assembler.vpabsb(weights, weights);
            assembler.vpmaddubsw(TOTAL, weights, FIRST_CONSTANT + ONE_BYTES);
            assembler.vpaddw(ABSOLUTE_SUM, ABSOLUTE_SUM, TOTAL);
        }
    }
}
