package dev.cadenza.decoding;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What strategies remember beyond a sequence, by scope, so that nobody learns of others from timing. A bounded number of scopes; the one that was
 * used least recently is forgotten, though sequences that hold it go on with it. Device thread only.
 */
public final class SharedMemory {
    private final int most;
    private final LinkedHashMap<String, Scope> scopes = new LinkedHashMap<>(16, 0.75f, true);

    /** @param most scopes, at least 1 */
    public SharedMemory(int most) {
        this.most = most;
    }

    /** @param name {@code null}: a scope that nobody else gets */
    public Scope scope(String name) {
        if (name == null) {
            return new Scope();
        }
        Scope scope = scopes.computeIfAbsent(name, _ -> new Scope());
        if (scopes.size() > most) {
            scopes.remove(scopes.firstEntry().getKey());
        }
        return scope;
    }

    /** One thing of each kind. */
    public static final class Scope {
        private final Map<Class<?>, Object> things = new LinkedHashMap<>();

        /** The scope's thing of this kind, made when it is first asked for. */
        public <T> T get(Class<T> kind, Supplier<T> make) {
            return kind.cast(things.computeIfAbsent(kind, _ -> make.get()));
        }
    }
}
