package dev.cadenza.api;

import dev.cadenza.api.wire.UnknownFields;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Everything that can be configured, with its default. A key below {@code cadenza} that is not here stops the start-up. */
@ConfigMapping(prefix = "cadenza")
public interface CadenzaConfig {

    /** Folder of the program, set by the launcher. */
    Optional<String> home();

    /** Set by the launcher: the server only warms the JVM's start-up cache and ends. */
    @WithDefault("false")
    boolean rehearsal();

    Model model();

    Engine engine();

    Kv kv();

    PrefixCache prefixCache();

    Scheduling scheduler();

    Api api();

    Decoding decoding();

    interface Model {
        /** Catalogue name; also the {@code model} that clients name. */
        @WithDefault("smollm2-135m-instruct")
        String id();

        /** A checkpoint on disk, instead of the catalogue's. */
        Optional<String> path();

        /**
         * Bytes on the disk for what is made of models at their first start and makes later ones quick; the longest unused goes. 0: nothing is kept.
         */
        @WithDefault("32G")
        MemorySize packedLimit();

        /** Further names that clients may use for the model. */
        Optional<List<String>> aliases();
    }

    interface Engine {
        /** {@code fast}: the device's own kernels; {@code float32}: exact. */
        @WithDefault("fast")
        Precision precision();

        /** {@code auto} or {@code cpu}. */
        @WithDefault("auto")
        Device device();

        /** {@code reproducible}: a request's bytes do not depend on its batch mates. */
        @WithDefault("reproducible")
        Numerics numerics();

        /** Threads of the native kernels, 1 to 1,024. Default: chosen from the processor. */
        OptionalInt threads();
    }

    interface Kv {
        /** Bytes for key-value memory over all sequences. */
        @WithDefault("1G")
        MemorySize budget();
    }

    interface PrefixCache {
        /** Whether prompts that begin alike (a system prompt, earlier turns) are computed once. Answers are the same bytes either way. */
        @WithDefault("true")
        boolean enabled();

        /** {@code global}: all requests share; {@code user}: only those with the same {@code user} value, so that timing tells nobody of others. */
        @WithDefault("global")
        Scope scope();
    }

    interface Scheduling {
        /** Requests that may wait; one more is answered 429. */
        @WithDefault("256")
        int queueCapacity();

        /** Sequences that run at once. */
        @WithDefault("32")
        int maxRunning();

        /** Prompt tokens computed in one step. */
        @WithDefault("128")
        int prefillTokens();

        /** Rows up to which drafts may fill a step, next-token rows counted. Below it they are as many as pay on this machine. */
        @WithDefault("32")
        int draftRows();

        /** How long running requests may go on when the server is told to stop. */
        @WithDefault("30s")
        Duration drain();
    }

    interface Api {
        /** {@code refuse}: 400; {@code report}: run the request and list the names in {@code x-cadenza-ignored}. */
        @WithDefault("refuse")
        UnknownFields.Policy unknownFields();

        /** Silence on a stream after which a comment keeps proxies from cutting it. */
        @WithDefault("5s")
        Duration keepAlive();

        /** Largest {@code n}, 1 to 128. */
        @WithDefault("16")
        int maxChoices();

        /** A streaming client that takes nothing for so long is disconnected. */
        @WithDefault("2m")
        Duration stallTimeout();

        /** Time from a request's first line to the end of its body. */
        @WithDefault("30s")
        Duration bodyTimeout();

        /** A connection that sends nothing for so long is closed, unless an answer is being prepared for it. */
        @WithDefault("60s")
        Duration idleTimeout();

        /** What clients are told to wait on 429 and 503. */
        @WithDefault("1s")
        Duration retryAfter();

        /** {@code /health} answers 503 when the device thread has not gone round for so long. */
        @WithDefault("30s")
        Duration hangTimeout();
    }

    interface Decoding {
        /** The strategy of requests that name none and have no {@code prediction}: {@code auto} or one that clients may name. */
        @WithDefault("auto")
        String defaultStrategy();

        /** The rules of {@code auto}; the first that fits a request decides, and where none fits it is {@code standard}. None: the built-in ones. */
        List<AutoRule> auto();

        /**
         * Which requests learn from each other's answers how to draft: {@code global}: all; {@code user}: those that name the same {@code user};
         * {@code request}: none.
         */
        @WithDefault("user")
        MemoryScope memoryScope();

        DraftModel draftModel();

        DiffAdapt diffAdapt();
    }

    /** How questions are asked by their difficulty; what is left out is the default of its class. */
    interface DiffAdapt {
        /**
         * A file that {@code ./cadenza probe train} wrote, or {@code none}. Default: {@code config/probes/<model id>.json} of the program, if there is
         * one.
         */
        Optional<String> probe();

        /** Probability, 0 to 1, that a class must have in the probe's eyes; else the question is normal. */
        @WithDefault("0")
        double leastConfidence();

        /** Whether {@code reasoning_effort} low, medium and high choose easy, the probe's class and normal. */
        @WithDefault("true")
        boolean reasoningEffort();

        DifficultyClass easy();

        DifficultyClass normal();

        DifficultyClass hard();
    }

    interface DifficultyClass {
        /** Put behind the last user message as it stands; another text needs another probe. */
        Optional<String> text();

        /** 0 to 2; a request's own wins. */
        OptionalDouble temperature();

        /** Share of the longest answer that a request allows, above 0, at most 1. */
        OptionalDouble budget();
    }

    /** A second, smaller model with the same tokens, which drafts where a request asks for it. Without id and path there is none. */
    interface DraftModel {
        /** Catalogue name, or another source of models. */
        Optional<String> id();

        /** A checkpoint on disk instead. */
        Optional<String> path();

        /** Bytes for its key-value memory over all sequences. One that finds no room there is answered without drafts. */
        @WithDefault("256M")
        MemorySize kvBudget();
    }

    /**
     * Decides a request when it is the first whose conditions all hold and whose strategy can serve it; conditions left out hold always. Those on
     * the load (waiting, running, kv-used) look at the server when the request comes, the request itself not counted.
     */
    interface AutoRule {
        /** For the report: {@code auto: name}; with a condition on the load {@code auto: name, by load}. */
        String name();

        OptionalInt promptTokensAtLeast();

        OptionalInt promptTokensAtMost();

        /** Of the longest answer that the request allows and the context has room for. */
        OptionalInt maxTokensAtLeast();

        OptionalInt maxTokensAtMost();

        OptionalDouble temperatureAtLeast();

        OptionalDouble temperatureAtMost();

        /** Whether the request brings tools. */
        Optional<Boolean> tools();

        /** Sequences in the queue, 0 or more. */
        OptionalInt waitingAtLeast();

        OptionalInt waitingAtMost();

        /** Sequences in the batch, 0 or more. */
        OptionalInt runningAtLeast();

        OptionalInt runningAtMost();

        /** Share of the key-value memory that running sequences hold, 0 to 1. */
        OptionalDouble kvUsedAtLeast();

        OptionalDouble kvUsedAtMost();

        /** Share of a threshold by which the load must have gone back before a condition on it that came true ends; at least 0, below 1. */
        @WithDefault("0.2")
        double loadMargin();

        /** How the request decodes then. */
        String strategy();

        /** Its parameters, by their names on the wire. */
        Map<String, String> parameters();
    }

    enum Precision {
        FAST, FLOAT32
    }

    enum Device {
        AUTO, CPU
    }

    enum Scope {
        GLOBAL, USER
    }

    enum MemoryScope {
        GLOBAL, USER, REQUEST
    }

    enum Numerics {
        REPRODUCIBLE
    }
}
