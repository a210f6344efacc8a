package dev.cadenza.decoding;

/** A registered strategy: its name on the wire, and how its parameters are read. Immutable; any thread. */
public interface StrategyFamily {

    String name();

    /** For clients, as far as this model goes. */
    StrategyDescription describe(ModelTraits model);

    /**
     * @param parameters the object {@code decoding.<name>} of the request, empty when absent. Fields that were not read are refused afterwards
     * @param wish       the request
     * @param model      that is to answer
     * @throws InvalidDecoding a field has a wrong type or value, or the request lacks what the strategy needs
     */
    Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding;
}
