package dev.cadenza.decoding;

/**
 * How busy the server is, as rules of {@code auto} read it.
 *
 * @param waiting sequences in the queue
 * @param running sequences in the batch
 * @param kvUsed  share of the key-value memory that running sequences hold, 0 .. 1
 */
public record Load(int waiting, int running, double kvUsed) {
    /** Of a server that does nothing. */
    public static final Load NONE = new Load(0, 0, 0);
}
