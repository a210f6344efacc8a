/**
 * Measures: {@code EngineBench} the engine alone in this process, {@code HttpBench} running servers through their streams, ours and a peer's in
 * turn, {@code StrategiesBench} strategies beside {@code standard} through the scheduler in this process, {@code QualityBench} what strategies that
 * change the law do to answers, {@code SkipLawBench}, {@code CntpBench} and {@code MixedBench} what their names say. {@code QuietRuns} repeats what
 * other tenants of the machine disturbed, {@code Report} prints. Starts no server and downloads nothing but the model. The device thread is the
 * command's own, or the scheduler's; only {@code SpinProbe} and the HTTP client have others.
 */
package dev.cadenza.cli.bench;
