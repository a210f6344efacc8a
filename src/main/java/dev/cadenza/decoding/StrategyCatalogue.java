package dev.cadenza.decoding;

import java.util.List;

/**
 * All that a server offers to choose from.
 *
 * @param byDefault  name of the strategy, or {@code auto}, of requests that name none
 * @param strategies those that there are
 * @param auto       the choice by rules, which a request may name like a strategy
 * @param rules      of {@code auto}, in order
 */
public record StrategyCatalogue(String byDefault, List<StrategyDescription> strategies, StrategyDescription auto, List<AutoRule> rules) {
}
