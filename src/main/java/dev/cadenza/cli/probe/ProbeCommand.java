package dev.cadenza.cli.probe;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What can be done about the probe of a model. */
@Command(name = "probe", mixinStandardHelpOptions = true, subcommands = {TrainCommand.class, TasksCommand.class},
        description = "Trains the probe that tells how hard a question is for a model (the strategy `diff_adapt`).")
public final class ProbeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "probe needs one of train, tasks");
    }
}
