package dev.cadenza.cli;

import dev.cadenza.model.store.ConsoleProgress;
import dev.cadenza.model.store.ModelStore;
import dev.cadenza.model.store.ModelUnavailable;
import dev.cadenza.model.store.StoredModel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists the models that the catalogue knows. */
@Command(name = "models", description = "Lists the models of the catalogue and whether they are in the cache.", mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {
    private static final List<String> HEADINGS = List.of("ID", "SIZE", "CACHED", "LICENSE", "PATH", "DESCRIPTION");

    private final Supplier<ModelStore> stores;

    @Spec
    private CommandSpec spec;

    ModelsCommand() {
        this(ModelStore::standard);
    }

    ModelsCommand(Supplier<ModelStore> stores) {
        this.stores = stores;
    }

    @Override
    public Integer call() {
        try {
            var table = new ArrayList<List<String>>();
            table.add(HEADINGS);
            stores.get().list().forEach(stored -> table.add(row(stored)));
            print(table);
            return 0;
        } catch (ModelUnavailable e) {
            spec.commandLine().getErr().println("cadenza: " + e.getMessage());
            return 1;
        }
    }

    private static List<String> row(StoredModel stored) {
        var model = stored.model();
        return List.of(model.id(), ConsoleProgress.megabytes(model.bytes()), stored.cached() ? "yes" : "no", model.license(),
                stored.path().toString(), model.description());
    }

    private void print(List<List<String>> table) {
        var out = spec.commandLine().getOut();
        for (var row : table) {
            var line = new StringBuilder();
            for (int column = 0; column < HEADINGS.size(); column++) {
                int at = column;
                int width = table.stream().mapToInt(each -> each.get(at).length()).max().orElseThrow();
                line.append(row.get(column)).repeat(' ', width - row.get(column).length() + 2);
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
