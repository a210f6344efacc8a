package dev.cadenza.api.decoding;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cadenza.decoding.StrategyCatalogue;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** @param byDefault of requests that name no strategy and have no prediction */
record StrategyList(String object, @Schema(description = "Strategy of requests that name none and have no prediction") @JsonProperty("default")
        String byDefault, List<StrategyEntry> data) {
    static StrategyList of(StrategyCatalogue catalogue) {
        return new StrategyList("list", catalogue.byDefault(),
                Stream.concat(catalogue.strategies().stream().map(StrategyEntry::of),
                        Stream.of(StrategyEntry.auto(catalogue.auto(), catalogue.rules()))).toList());
    }
}
