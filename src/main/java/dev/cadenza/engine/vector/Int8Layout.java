package dev.cadenza.engine.vector;

/**
 * How a strip of outputs lies in memory for the machine code that multiplies {@link Int8Inputs} with it: group after group, and of each group, block
 * beside block, the weights of four inputs, eight times; where sums start; scales; bases. The sums are exact in all of them.
 */
enum Int8Layout {
    /** Sums in words of sixteen bits, for {@link Int8WordKernel}: only where the weights are so small that no inputs make them overflow ({@link #fits}). */
    WORDS(2, 1, true),
    /** A group's words are summed up twice, in halves: fits always. */
    HALVES(2, 2, true),
    /** Sums in double words, for {@link Int8DotKernel}. */
    DOUBLE_WORDS(4, 1, false);

    private static final int REGISTER = IntegerKernel.VECTOR_BYTES;
    static final int QUAD = 4;
    static final int QUADS = Int8Inputs.GROUP / QUAD;

    private final int blocks;
    private final int chains;
    private final boolean words;

    Int8Layout(int blocks, int chains, boolean words) {
        this.blocks = blocks;
        this.chains = chains;
        this.words = words;
    }

    /** Of a strip, of eight outputs each. */
    int blocks() {
        return blocks;
    }

    /** Sums that a group's products are added up in. */
    int chains() {
        return chains;
    }

    boolean words() {
        return words;
    }

    /** Bytes from a group's first on of a quad's weights in the first block; those of the others are beside them. */
    int weights(int quad) {
        return quad * rowBytes();
    }

    int start(int chain) {
        return weights(QUADS) + chain * rowBytes();
    }

    int scales() {
        return start(chains);
    }

    int bases() {
        return scales() + rowBytes();
    }

    int groupBytes() {
        return bases() + rowBytes();
    }

    /** Behind a strip's groups, not for the kernel: with words, the greatest sums of absolute weights. */
    int bytesBehind() {
        return words ? rowBytes() : 0;
    }

    long stripBytes(int groups) {
        return (long) groups * groupBytes() + bytesBehind();
    }

    /** What all blocks of a strip have side by side. */
    private int rowBytes() {
        return blocks * REGISTER;
    }

    /** @param greatest sum of absolute weights that a word adds up in one chain */
    static boolean fits(int greatest) {
        return greatest * Int8Inputs.LARGEST <= Short.MAX_VALUE;
    }
}
