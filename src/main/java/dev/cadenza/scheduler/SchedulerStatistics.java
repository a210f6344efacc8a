package dev.cadenza.scheduler;

/**
 * @param running   sequences that hold KV memory
 * @param waiting   sequences in the queue
 * @param kvBytesUsed bytes reserved by open regions
 * @param kvBytesTotal the budget
 * @param steps     engine steps since start
 * @param promptTokens    prompt tokens computed since start
 * @param generatedTokens tokens delivered since start
 * @param drafted   draft tokens verified since start
 * @param accepted  draft tokens kept since start
 */
public record SchedulerStatistics(int running, int waiting, long kvBytesUsed, long kvBytesTotal, long steps, long promptTokens, long generatedTokens,
        long drafted, long accepted) {
}
