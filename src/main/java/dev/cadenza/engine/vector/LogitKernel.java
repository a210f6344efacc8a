package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.Assembler;

/** Writes the machine code of {@link LogitRow}, functions of {@link RowCode}. */
final class LogitKernel {
    private static final int REGISTER = IntegerKernel.VECTOR_BYTES;
    /** Logits of a block, whose greatest is found: eight registers. */
    static final int BLOCK = 8 * REGISTER / Float.BYTES;
    /** Vector registers of {@link #greatest}, above a block's. */
    private static final int[] UNORDERED = {8, 9, 10, 11};
    private static final int OTHER = 12;
    private static final int ALL_UNORDERED = 15;
    /** Of {@link #exponentials}. */
    private static final int SCALED = ExponentialCode.FREE;
    private static final int BEST = SCALED + 1;
    private static final int TEMPERATURE = BEST + 1;
    private static final int SUM = TEMPERATURE + 1;
    private static final int WEIGHTED = SUM + 1;

    private LogitKernel() {
    }

    /**
     * The greatest logit of each block; the count is that of blocks. The target receives a float for each, which is anything where one of the block is
     * no number, and behind them eight floats: zero, but bits where some number was none.
     */
    static byte[] greatest() {
        var assembler = new Assembler();
        assembler.vpxor(ALL_UNORDERED, ALL_UNORDERED, ALL_UNORDERED);
        int next = assembler.position();
        for (int part = 0; part < 8; part++) {
            assembler.vmovups(part, Address.at(RowCode.SOURCE, part * REGISTER));
        }
        for (int pair = 0; pair < UNORDERED.length; pair++) {
            assembler.vcmpunordps(UNORDERED[pair], 2 * pair, 2 * pair + 1);
            assembler.vpor(ALL_UNORDERED, ALL_UNORDERED, UNORDERED[pair]);
        }
        for (int apart = 4; apart > 0; apart /= 2) {
            for (int part = 0; part < apart; part++) {
                assembler.vmaxps(part, part, part + apart);
            }
        }
        RoundingKernel.acrossLanes(assembler, 0, OTHER, () -> assembler.vmaxps(0, 0, OTHER));
        assembler.vmovss(Address.at(RowCode.TARGET, 0), 0);
        assembler.add(RowCode.SOURCE, BLOCK * Float.BYTES);
        assembler.add(RowCode.TARGET, Float.BYTES);
        end(assembler, next);
        assembler.vmovups(Address.at(RowCode.TARGET, 0), ALL_UNORDERED);
        return leave(assembler);
    }

    /**
     * In eight lanes the sums of exp(x), and of x exp(x), of x = (logit - best) / temperature; the count is that of registers. The target has best and
     * temperature, and receives the sums.
     */
    static byte[] exponentials() {
        var assembler = new Assembler();
        assembler.vbroadcastss(BEST, Address.at(RowCode.TARGET, 0));
        assembler.vbroadcastss(TEMPERATURE, Address.at(RowCode.TARGET, Float.BYTES));
        assembler.vpxor(SUM, SUM, SUM);
        assembler.vpxor(WEIGHTED, WEIGHTED, WEIGHTED);
        int next = assembler.position();
        assembler.vmovups(SCALED, Address.at(RowCode.SOURCE, 0));
        assembler.vsubps(SCALED, SCALED, BEST);
        assembler.vdivps(SCALED, SCALED, TEMPERATURE);
        assembler.vmaxps(SCALED, SCALED, ExponentialCode.LEAST_EXPONENT);
        assembler.vmaxps(ExponentialCode.POWER, SCALED, ExponentialCode.LEAST_EXPONENT);
        ExponentialCode.write(assembler);
        assembler.vaddps(SUM, SUM, ExponentialCode.RESULT);
        assembler.vfmadd231ps(WEIGHTED, SCALED, ExponentialCode.RESULT);
        assembler.add(RowCode.SOURCE, REGISTER);
        end(assembler, next);
        assembler.vmovups(Address.at(RowCode.TARGET, 0), SUM);
        assembler.vmovups(Address.at(RowCode.TARGET, REGISTER), WEIGHTED);
        return leave(assembler);
    }

    private static void end(Assembler assembler, int next) {
        assembler.dec(RowCode.COUNT);
        assembler.jnz(next);
    }

    private static byte[] leave(Assembler assembler) {
        assembler.vzeroupper();
        assembler.ret();
        return assembler.code();
    }
}
