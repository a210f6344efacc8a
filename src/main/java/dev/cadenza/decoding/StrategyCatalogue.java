package dev.cadenza.decoding;

import java.util.List;

/**
 * All that a server offers to choose from.
 *
 * @param byDefault  name of the strategy, or {@code auto}, of requests that name none
 * @param strategies those that a request may name
 * @param auto       the rules of {@code auto}, in order
 */
public record StrategyCatalogue(String byDefault, List<StrategyDescription> strategies, List<AutoRule> auto) {
}
