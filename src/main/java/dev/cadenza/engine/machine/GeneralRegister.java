package dev.cadenza.engine.machine;

/** x86-64's registers of 64 bits, in the order of their numbers. */
public enum GeneralRegister {
    RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15
}
