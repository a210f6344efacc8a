package dev.cadenza.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.WithDefault;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The guide has every key of the configuration, with its default. */
class OperationsGuideTest {

    @Test
    void everyKeyIsExplainedWithItsDefault() throws Exception {
        List<String> lines = Files.readAllLines(Path.of("docs", "operations.md")).stream().filter(line -> line.startsWith("| `cadenza.")).toList();

        for (Key key : keys("cadenza", CadenzaConfig.class)) {
            assertThat(lines).as("docs/operations.md has a line for `%s` with default %s", key.name, key.byDefault)
                    .anyMatch(line -> line.contains(key.name) && (key.byDefault == null || line.contains("`" + key.byDefault + "`")));
        }
    }

    private record Key(String name, String byDefault) {
    }

    private static List<Key> keys(String prefix, Class<?> group) {
        var keys = new ArrayList<Key>();
        for (Method method : group.getMethods()) {
            String name = prefix + "." + method.getName().replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
            if (method.getReturnType().getEnclosingClass() != CadenzaConfig.class || method.getReturnType().isEnum()) {
                WithDefault given = method.getAnnotation(WithDefault.class);
                keys.add(new Key(name, given == null ? null : given.value()));
            } else if (!method.getReturnType().getSimpleName().equals("DifficultyClass")) {
                keys.addAll(keys(name, method.getReturnType()));
            }
        }
        return keys;
    }
}
