package dev.cadenza.decoding.speculative;

import java.util.Arrays;

/**
 * A growing sequence of tokens that knows where each of its n-grams was last followed by something. Appending and looking up cost time
 * proportional to the longest n-gram squared, never to the sequence. One thread.
 */
final class NgramIndex {
    private final int minNgram;
    private final int maxNgram;
    private int[] tokens;
    private int size;

    // Open addressing: hash of an n-gram, and the position behind its last occurrence that has a follower (0: free).
    private long[] hashes = new long[256];
    private int[] followers = new int[256];
    private int used;

    NgramIndex(int minNgram, int maxNgram, int[] prompt) {
        this.minNgram = minNgram;
        this.maxNgram = maxNgram;
        this.tokens = new int[prompt.length + 64];
        for (int token : prompt) {
            append(token);
        }
    }

    void append(int token) {
        for (int n = minNgram; n <= Math.min(maxNgram, size); n++) {
            put(hash(size - n, n), size);
        }
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * size);
        }
        tokens[size++] = token;
    }

    /**
     * The most recent earlier occurrence of the longest n-gram that ends the sequence.
     *
     * @param follower index behind it
     * @param length   of the n-gram; 0: there is none
     */
    record Match(int follower, int length) {
        static final Match NONE = new Match(0, 0);
    }

    Match match() {
        for (int n = Math.min(maxNgram, size - 1); n >= minNgram; n--) {
            int follower = followers[slot(hash(size - n, n))];
            if (follower >= n && Arrays.equals(tokens, follower - n, follower, tokens, size - n, size)) {
                return new Match(follower, n);
            }
        }
        return Match.NONE;
    }

    /**
     * What followed a match. One that runs into the sequence's end goes on with these tokens themselves, so that a loop is drafted at any length.
     *
     * @return {@code limit} tokens
     */
    int[] following(Match match, int limit) {
        int[] tokensAfter = new int[limit];
        for (int i = 0; i < limit; i++) {
            tokensAfter[i] = match.follower + i < size ? tokens[match.follower + i] : tokensAfter[match.follower + i - size];
        }
        return tokensAfter;
    }

    private void put(long hash, int follower) {
        int slot = slot(hash);
        if (followers[slot] == 0 && ++used > hashes.length / 2) {
            enlarge();
            slot = slot(hash);
        }
        hashes[slot] = hash;
        followers[slot] = follower;
    }

    private void enlarge() {
        long[] oldHashes = hashes;
        int[] oldFollowers = followers;
        hashes = new long[2 * oldHashes.length];
        followers = new int[hashes.length];
        for (int i = 0; i < oldHashes.length; i++) {
            if (oldFollowers[i] != 0) {
                int slot = slot(oldHashes[i]);
                hashes[slot] = oldHashes[i];
                followers[slot] = oldFollowers[i];
            }
        }
    }

    private int slot(long hash) {
        int slot = (int) hash & hashes.length - 1;
        while (followers[slot] != 0 && hashes[slot] != hash) {
            slot = slot + 1 & hashes.length - 1;
        }
        return slot;
    }

    private long hash(int from, int n) {
        long hash = n * 0xBF58476D1CE4E5B9L;
        for (int i = from; i < from + n; i++) {
            hash = (hash ^ tokens[i]) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 29;
        }
        return hash;
    }
}
