package dev.cadenza.scheduler;

/**
 * @param running   sequences that hold KV memory
 * @param waiting   sequences in the queue
 * @param kvBytesUsed bytes reserved by running sequences
 * @param kvBytesTotal the budget
 * @param steps     engine steps since start
 * @param promptTokens    prompt tokens computed since start
 * @param generatedTokens tokens delivered since start
 * @param drafted   draft tokens verified since start
 * @param accepted  draft tokens kept since start
 * @param kvBytesCached   bytes reserved by kept prefixes, which give way to sequences
 * @param reusedTokens    prompt tokens found instead of computed since start
 */
public record SchedulerStatistics(int running, int waiting, long kvBytesUsed, long kvBytesTotal, long steps, long promptTokens, long generatedTokens,
        long drafted, long accepted, long kvBytesCached, long reusedTokens) {
}
