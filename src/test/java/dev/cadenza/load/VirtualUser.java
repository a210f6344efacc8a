package dev.cadenza.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.IOAccess;

/** One virtual user: a JavaScript world of its own, in which the script was loaded once. One thread at a time. */
final class VirtualUser implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    /** Shares the parsed scripts. There is no compiler for it in an ordinary JDK: scripts are interpreted. */
    private static final Engine ENGINE = Engine.newBuilder("js").option("engine.WarnInterpreterOnly", "false").build();

    private final ScriptSide side;
    private final Context context;
    private final Value exports;

    VirtualUser(Path script, Map<String, String> environment, Metrics metrics, WebClient web) {
        side = new ScriptSide(metrics, web);
        context = Context.newBuilder("js").engine(ENGINE).allowHostAccess(HostAccess.EXPLICIT)
                .allowIO(IOAccess.newBuilder().fileSystem(new ScriptModules(script.toAbsolutePath().getParent())).build())
                .option("js.esm-eval-returns-exports", "true").build();
        try {
            context.getBindings("js").putMember("k6StandIn", side);
            context.getBindings("js").putMember("environmentJson", JSON.valueToTree(environment).toString());
            context.eval("js", "globalThis.__ENV = JSON.parse(environmentJson); delete globalThis.environmentJson;");
            exports = context.eval(Source.newBuilder("js", script.toAbsolutePath().toFile()).mimeType("application/javascript+module").build());
            side.loaded();
        } catch (IOException e) {
            context.close(true);
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            context.close(true);
            throw e;
        }
    }

    boolean has(String function) {
        return exports.hasMember(function) && exports.getMember(function).canExecute();
    }

    /** @throws UnsupportedByStandIn the script exports none */
    JsonNode options() {
        if (!exports.hasMember("options")) {
            throw new UnsupportedByStandIn("the script exports no options");
        }
        return parse(context.eval("js", "JSON.stringify").execute(exports.getMember("options")).asString());
    }

    /**
     * @param iteration null outside scenarios
     * @param data      what the function is given, as JSON
     * @return what it returned, as JSON; null for nothing
     */
    String call(String function, ScriptSide.Iteration iteration, String data) {
        side.begin(iteration);
        Value given = data == null ? context.eval("js", "undefined") : context.eval("js", "JSON.parse").execute(data);
        Value result = exports.getMember(function).execute(given);
        Value json = context.eval("js", "JSON.stringify").execute(result);
        return json.isString() ? json.asString() : null;
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        context.close(true);
    }
}
