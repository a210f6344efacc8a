package dev.cadenza.cli.probe;

import dev.cadenza.cli.bench.Arguments;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints a generated task set. */
@Command(name = "tasks", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Prints the tasks that `probe train` asks if it is given none, one JSON object a line.")
final class TasksCommand implements Callable<Integer> {
    static final int DEFAULT_QUESTIONS = 800;

    @Spec
    private CommandSpec spec;

    @Option(names = "--questions", paramLabel = "N", defaultValue = "" + DEFAULT_QUESTIONS, showDefaultValue = Visibility.ALWAYS,
            description = "How many.")
    private int questions;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", showDefaultValue = Visibility.ALWAYS, description = "Of the random choices.")
    private long seed;

    @Override
    public Integer call() {
        new Arguments(spec).within("--questions", List.of(questions), 1, TaskGenerator.MOST);
        PrintWriter out = spec.commandLine().getOut();
        TaskGenerator.tasks(questions, seed).forEach(task -> out.println(Tasks.line(task)));
        out.flush();
        return 0;
    }
}
