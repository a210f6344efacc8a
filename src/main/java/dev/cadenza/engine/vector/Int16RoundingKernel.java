package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.Assembler;

/**
 * Writes the machine code that rounds a row of float32 to integers of sixteen bits, with the row's step behind them: a function of {@link RowCode},
 * whose count is that of sixteen inputs.
 */
final class Int16RoundingKernel {
    /** Of a count. */
    static final int UNIT = IntegerKernel.VECTOR_BYTES / Short.BYTES;
    private static final int REGISTER = IntegerKernel.VECTOR_BYTES;

    private Int16RoundingKernel() {
    }

    /** @return code that runs at any address */
    static byte[] code() {
        final int step = 0;
        final int factor = 1;
        final int absolute = 4;
        final int first = 5;
        final int second = 6;
        final int halves = 7;
        var assembler = new Assembler();
        RoundingKernel.largest(assembler, step, absolute, 2 * REGISTER);
        RoundingKernel.step(assembler, step, factor);
        int next = assembler.position();
        assembler.vmulps(first, factor, Address.at(RowCode.SOURCE, 0));
        assembler.vmulps(second, factor, Address.at(RowCode.SOURCE, REGISTER));
        assembler.vcvtps2dq(first, first);
        assembler.vcvtps2dq(second, second);
        assembler.vperm2i128(halves, first, second, RoundingKernel.LOWER_HALVES);
        assembler.vperm2i128(second, first, second, RoundingKernel.UPPER_HALVES);
        assembler.vpackssdw(first, halves, second);
        assembler.vmovups(Address.at(RowCode.TARGET, 0), first);
        assembler.add(RowCode.SOURCE, 2 * REGISTER);
        assembler.add(RowCode.TARGET, REGISTER);
        assembler.dec(RowCode.COUNT);
        assembler.jnz(next);
        assembler.vmovss(Address.at(RowCode.TARGET, 0), step);
        assembler.vzeroupper();
        assembler.ret();
        return assembler.code();
    }
}
