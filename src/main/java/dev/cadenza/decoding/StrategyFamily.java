package dev.cadenza.decoding;

/** A registered strategy: its name on the wire, and how its parameters are read. Immutable; any thread. */
public interface StrategyFamily {

    String name();

    /**
     * @param parameters the object {@code decoding.<name>} of the request, empty when absent. Fields that were not read are refused afterwards
     * @throws InvalidDecoding a field has a wrong type or value
     */
    Strategy parse(JsonFields parameters) throws InvalidDecoding;
}
