package dev.cadenza.api.decoding;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cadenza.decoding.AutoRule;
import dev.cadenza.decoding.Strategy.Guarantee;
import dev.cadenza.decoding.StrategyDescription;
import dev.cadenza.decoding.StrategyDescription.DraftDescription;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

@Schema(name = "Strategy")
@JsonInclude(JsonInclude.Include.NON_NULL)
record StrategyEntry(@Schema(description = "Name, as in decoding.strategy") String id, String object, String description,
        @Schema(enumeration = {"lossless", "same_law", "changes_law"}, description = "lossless: the bytes of standard; same_law: the same "
                + "distribution, other draws; changes_law: another distribution. With default parameters; of auto: the weakest of its rules")
        String guarantee,
        @Schema(description = "Whether this server has what it needs") boolean available,
        @Schema(type = SchemaType.OBJECT, description = "JSON Schema of decoding.<id>; null is allowed wherever a field is, and means absent")
        Map<String, Object> parameters,
        @Schema(description = "What a request cannot combine it with, and why") List<Refused> refused,
        @Schema(description = "Kinds of draft, where it has some") List<Draft> drafts,
        @Schema(description = "Of auto: the first rule that fits a request and can serve it decides; where there is none, standard")
        List<Rule> rules) {

    static StrategyEntry of(StrategyDescription strategy) {
        return of(strategy, null);
    }

    static StrategyEntry auto(StrategyDescription auto, List<AutoRule> rules) {
        return of(auto, rules.stream().map(Rule::of).toList());
    }

    private static StrategyEntry of(StrategyDescription strategy, List<Rule> rules) {
        return new StrategyEntry(strategy.name(), "decoding.strategy", strategy.summary(), wire(strategy.guarantee()),
                strategy.drafts().isEmpty() || strategy.drafts().stream().anyMatch(draft -> draft.lacking().isEmpty()), strategy.parameters(),
                strategy.excludes().entrySet().stream().map(entry -> new Refused(entry.getKey(), entry.getValue())).toList(),
                strategy.drafts().isEmpty() ? null : strategy.drafts().stream().map(Draft::of).toList(), rules);
    }

    private static String wire(Guarantee guarantee) {
        return guarantee.name().toLowerCase(Locale.ROOT);
    }

    @Schema(name = "StrategyRefusal")
    record Refused(@Schema(description = "A field of the request, or an object of decoding") String with, String reason) {
    }

    @Schema(name = "StrategyDraft")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Draft(String id, String description, @Schema(enumeration = {"lossless", "same_law", "changes_law"}) String guarantee,
            @Schema(description = "Whether this server has what it needs") boolean available,
            @Schema(description = "Only when it is not available") @JsonProperty("unavailable_because") String unavailableBecause,
            @Schema(description = "Fields that the request must have") List<String> needs) {
        static Draft of(DraftDescription draft) {
            boolean available = draft.lacking().isEmpty();
            return new Draft(draft.name(), draft.summary(), wire(draft.guarantee()), available, available ? null : draft.lacking(), draft.needs());
        }
    }

    @Schema(name = "StrategyRule")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Rule(String name, @Schema(type = SchemaType.OBJECT, description = "Conditions, all of which must hold: numbers such as "
            + "prompt_tokens_at_least, and tools, a boolean") Map<String, Object> when,
            @Schema(description = "Whether a condition is on the server's load: waiting (sequences in the queue), running (in the batch) or kv_used "
                    + "(share of the key-value memory)") @JsonProperty("reads_load") boolean readsLoad,
            @Schema(description = "Only when it reads the load: share of a threshold by which the load must have gone back before a condition that "
                    + "came true ends") @JsonProperty("load_margin") Double loadMargin,
            String strategy, Map<String, String> parameters) {
        static Rule of(AutoRule rule) {
            AutoRule.OfLoad load = rule.when().load();
            Double margin = load.reads() ? load.margin() : null;
            return new Rule(rule.name(), conditions(rule.when()), load.reads(), margin, rule.strategy(), rule.parameters());
        }

        private static Map<String, Object> conditions(AutoRule.When rule) {
            Map<String, Object> when = new LinkedHashMap<>();
            conditions(when, "prompt_tokens", rule.promptTokens());
            conditions(when, "max_tokens", rule.maxTokens());
            conditions(when, "temperature", rule.temperature());
            if (rule.tools() != AutoRule.Tools.EITHER) {
                when.put("tools", rule.tools() == AutoRule.Tools.WITH);
            }
            conditions(when, "waiting", rule.load().waiting());
            conditions(when, "running", rule.load().running());
            conditions(when, "kv_used", rule.load().kvUsed());
            return when;
        }

        private static void conditions(Map<String, Object> when, String of, AutoRule.Range range) {
            condition(when, of + "_at_least", range.least());
            condition(when, of + "_at_most", range.most());
        }

        private static void condition(Map<String, Object> when, String name, double bound) {
            if (bound == Math.rint(bound) && Double.isFinite(bound)) {
                when.put(name, (long) bound);
            } else if (Double.isFinite(bound)) {
                when.put(name, bound);
            }
        }
    }
}
