package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.Assembler;

/**
 * Writes the machine code of {@link RowKernels#gate}, which does the same to each number in the same order and so has the same bits: a function of
 * {@link RowCode}, whose count is that of registers, whose source is the gate's numbers and whose distance is that of up's from them.
 */
final class GateKernel {
    private static final int GATE = ExponentialCode.FREE;

    private final Assembler assembler = new Assembler();

    private GateKernel() {
    }

    /** @return code that runs at any address, with {@link ExponentialCode#constants} */
    static byte[] code() {
        var kernel = new GateKernel();
        kernel.write();
        return kernel.assembler.code();
    }

    private void write() {
        int next = assembler.position();
        assembler.vmovups(GATE, Address.at(RowCode.SOURCE, 0));
        assembler.vpxor(ExponentialCode.POWER, GATE, ExponentialCode.SIGN);
        ExponentialCode.write(assembler);
        assembler.vaddps(ExponentialCode.RESULT, ExponentialCode.RESULT, ExponentialCode.ONE);
        assembler.vdivps(GATE, GATE, ExponentialCode.RESULT);
        assembler.vmulps(GATE, GATE, new Address(RowCode.SOURCE, RowCode.DISTANCE, 1, 0));
        assembler.vmovups(Address.at(RowCode.TARGET, 0), GATE);
        assembler.add(RowCode.SOURCE, IntegerKernel.VECTOR_BYTES);
        assembler.add(RowCode.TARGET, IntegerKernel.VECTOR_BYTES);
        assembler.dec(RowCode.COUNT);
        assembler.jnz(next);
        assembler.vzeroupper();
        assembler.ret();
    }
}
