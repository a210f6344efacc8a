package dev.cadenza.engine;

/**
 * Names the random numbers of one draw: the same four always give the same token from the same law.
 *
 * @param seed     the request's
 * @param choice   index of the answer when a request wants several
 * @param position of the token that is drawn, counted from the prompt's start
 * @param trial    0: the stream that {@code standard} uses
 */
public record Draw(long seed, int choice, int position, int trial) {
}
