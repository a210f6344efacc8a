package dev.cadenza.decoding;

import dev.cadenza.sampling.SamplingParameters;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;

/**
 * One rule of {@code auto}: which requests it is for, and how they decode. Immutable.
 *
 * @param name       for reports
 * @param when       its conditions
 * @param strategy   its name
 * @param parameters its parameters by their names on the wire, as text
 */
public record AutoRule(String name, When when, String strategy, Map<String, String> parameters) {
    /** The best source that needs no training, no second model and no steps of its own. */
    private static final String HISTORY_DRAFT = "suffix";

    /** Where none are configured: lossless, for every request. */
    public static final List<AutoRule> BUILT_IN = List.of(new AutoRule("history", When.ALWAYS, "speculative", Map.of("draft", HISTORY_DRAFT)));

    public AutoRule {
        parameters = Collections.unmodifiableMap(new TreeMap<>(parameters));
    }

    /**
     * Conditions, all of which must hold.
     *
     * @param promptTokens of the request
     * @param maxTokens    of an answer of the request, the room in the context considered
     * @param temperature  of the request
     * @param tools        of the request
     * @param load         of the server when the request comes, itself not counted
     */
    public record When(Range promptTokens, Range maxTokens, Range temperature, Tools tools, OfLoad load) {
        public static final When ALWAYS = new When(Range.ANY, Range.ANY, Range.ANY, Tools.EITHER, OfLoad.ANY);

        /** Whether all holds but for the load, which has a memory. */
        boolean fits(Wish wish) {
            return promptTokens.holds(wish.promptTokens()) && maxTokens.holds(wish.maxTokens()) && temperature.holdsRounded(wish.temperature())
                    && tools.holds(wish.tools());
        }

        /** Requests that fit; the first at temperature 1 or the nearest that fits, the last at the lowest. */
        List<Wish> examples() {
            return DoubleStream.of(temperature.nearest(1), temperature.nearest(0)).distinct()
                    .mapToObj(degrees -> new Wish(null, null, (int) promptTokens.nearest(1), (int) maxTokens.nearest(1),
                            SamplingParameters.AS_IS.at((float) degrees)).withTools(tools == Tools.WITH)).toList();
        }
    }

    /**
     * Conditions on the load.
     *
     * @param waiting sequences in the queue
     * @param running sequences in the batch
     * @param kvUsed  share of the key-value memory in use, 0 .. 1
     * @param margin  share of a threshold by which the load must have gone back before a condition that came true ends, [0, 1)
     */
    public record OfLoad(Range waiting, Range running, Range kvUsed, double margin) {
        public static final OfLoad ANY = new OfLoad(Range.ANY, Range.ANY, Range.ANY, 0);

        /** Whether there is a condition. */
        public boolean reads() {
            return !(waiting.equals(Range.ANY) && running.equals(Range.ANY) && kvUsed.equals(Range.ANY));
        }
    }

    /** Whether a request brings tools. */
    public enum Tools {
        EITHER, WITH, WITHOUT;

        boolean holds(boolean brings) {
            return switch (this) {
                case EITHER -> true;
                case WITH -> brings;
                case WITHOUT -> !brings;
            };
        }
    }

    /** From {@code least} to {@code most}, both included; infinite where unbounded. */
    public record Range(double least, double most) {
        public static final Range ANY = new Range(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

        public static Range atLeast(double least) {
            return new Range(least, ANY.most);
        }

        public static Range atMost(double most) {
            return new Range(ANY.least, most);
        }

        boolean holds(double value) {
            return value >= least && value <= most;
        }

        /** By bounds as coarse as the value, so that 0.7 holds 0.7. */
        boolean holdsRounded(float value) {
            return value >= (float) least && value <= (float) most;
        }

        boolean isEmpty() {
            return !(least <= most);
        }

        /** @return what it holds that is nearest; it is not empty */
        double nearest(double value) {
            return Math.clamp(value, least, most);
        }
    }
}
