package dev.cadenza.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Checks what the command line gave. What is wrong is told by option, what it allows and what it got. */
public record Arguments(CommandSpec spec) {

    public ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    public void within(String option, List<Integer> given, int least, int most) {
        for (int value : given) {
            if (value < least || value > most) {
                throw usage("%s must be in [%d, %d], got %d".formatted(option, least, most, value));
            }
        }
    }

    /** The constant of that name in small letters. */
    public <E extends Enum<E>> E one(Class<E> type, String option, String given) {
        List<String> allowed = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            String name = constant.name().toLowerCase(Locale.ROOT);
            if (name.equals(given)) {
                return constant;
            }
            allowed.add(name);
        }
        throw usage("%s must be one of %s, got %s".formatted(option, String.join(", ", allowed), given));
    }

    public <E extends Enum<E>> List<E> all(Class<E> type, String option, List<String> given) {
        return given.stream().map(name -> one(type, option, name)).toList();
    }
}
