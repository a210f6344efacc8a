package dev.cadenza.cli;

import dev.cadenza.cli.bench.BenchCommand;
import dev.cadenza.cli.doctor.DoctorCommand;
import dev.cadenza.cli.probe.ProbeCommand;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Writer;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point: parses the command line; only {@code serve} starts the HTTP server. */
@QuarkusMain
@Command(name = "cadenza", description = "OpenAI-compatible LLM server that chooses how to decode for every request.",
        mixinStandardHelpOptions = true, version = "cadenza 0.1.0")
public final class Cadenza {
    Cadenza() {
    }

    public static void main(String[] args) {
        var commandLine = commandLine(args);
        if (Boolean.getBoolean(Rehearsal.PROPERTY)) {
            // The start proper, which follows, says all this; a download's progress alone is shown, on standard error.
            commandLine.setErr(new PrintWriter(Writer.nullWriter()));
            System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        }
        System.exit(commandLine.execute(args));
    }

    /** A server's start need not wait until all the others have been looked at. */
    private static CommandLine commandLine(String... args) {
        var commandLine = new CommandLine(new Cadenza());
        if (args.length > 0 && args[0].equals(ServeCommand.NAME)) {
            return commandLine.addSubcommand(new ServeCommand());
        }
        return commandLine.addSubcommand(new BenchCommand()).addSubcommand(new DoctorCommand()).addSubcommand(new PullCommand())
                .addSubcommand(new ModelsCommand()).addSubcommand(new ProbeCommand()).addSubcommand(new RenderCommand())
                .addSubcommand(new ServeCommand());
    }
}
