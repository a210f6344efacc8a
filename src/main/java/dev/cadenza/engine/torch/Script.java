package dev.cadenza.engine.torch;

import ai.djl.Model;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A loaded TorchScript module. Device thread only, but for {@link #evaluate}. */
final class Script implements AutoCloseable {
    /** Kept: a finalizer closes an unreachable model in mid-use. */
    private final Model model;
    private final PtSymbolBlock block;
    /** The profiling executor costs seconds of recompilation and changes results; the switch is per thread. */
    private final ThreadLocal<Boolean> configured = ThreadLocal.withInitial(() -> {
        JniUtils.setGraphExecutorOptimize(false);
        return true;
    });
    private long nativeNanos;

    private Script(Model model) {
        this.model = model;
        this.block = (PtSymbolBlock) model.getBlock();
    }

    static Script load(String resource, String className, Map<String, ScriptArchive.Attribute> attributes) {
        try (InputStream source = Script.class.getResourceAsStream(resource)) {
            byte[] archive = ScriptArchive.pack(new String(source.readAllBytes(), StandardCharsets.UTF_8), className, attributes);
            Model model = Model.newInstance(className, "PyTorch");
            model.load(new ByteArrayInputStream(archive));
            return new Script(model);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ai.djl.MalformedModelException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Arguments and results of calls live until this closes. */
    PtNDManager scope() {
        return (PtNDManager) model.getNDManager().newSubManager();
    }

    /** A tensor over the buffer's memory, which must stay as it is while the tensor is used. */
    static PtNDArray tensor(PtNDManager scope, ByteBuffer buffer, DataType type, long... shape) {
        return scope.create(buffer, new Shape(shape), type);
    }

    static PtNDArray tensor(PtNDManager scope, MemorySegment memory, DataType type, long... shape) {
        return tensor(scope, memory.asByteBuffer().order(ByteOrder.nativeOrder()), type, shape);
    }

    /** Takes an array out of its scope: it lives until it is closed, or this is. */
    PtNDArray own(PtNDArray array) {
        array.attach(model.getNDManager());
        return array;
    }

    /** @throws NativeFailure the program failed */
    void run(String method, Object... arguments) {
        call(method, arguments).close();
    }

    long integer(String method, Object... arguments) {
        try (IValue result = call(method, arguments)) {
            return result.toLong();
        }
    }

    long[] integers(String method, Object... arguments) {
        try (IValue result = call(method, arguments)) {
            return result.toLongArray();
        }
    }

    PtNDArray tensor(PtNDManager scope, String method, Object... arguments) {
        try (IValue result = call(method, arguments)) {
            return result.toTensor(scope);
        }
    }

    PtNDArray[] tensors(PtNDManager scope, String method, Object... arguments) {
        try (IValue result = call(method, arguments)) {
            return result.toTensorArray(scope);
        }
    }

    /** A sampled row of the last step: raw logits, then edited logits [2 * vocabulary]. */
    float[] logitsRow(int row) {
        try (PtNDManager scope = scope()) {
            return tensor(scope, "logits_row", row).toFloatArray();
        }
    }

    /** Time spent in calls that succeeded, arguments' wrapping included, since the load. */
    long nativeNanos() {
        return nativeNanos;
    }

    private IValue call(String method, Object... arguments) {
        long start = System.nanoTime();
        IValue result = evaluate(method, arguments);
        nativeNanos += System.nanoTime() - start;
        return result;
    }

    /**
     * The result as it is, for the caller to close. Any thread, where the method touches nothing that another changes.
     *
     * @throws NativeFailure the program failed
     */
    IValue evaluate(String method, Object... arguments) {
        configured.get();
        var values = new IValue[arguments.length];
        try {
            for (int i = 0; i < arguments.length; i++) {
                values[i] = switch (arguments[i]) {
                    case PtNDArray tensor -> IValue.from(tensor);
                    case PtNDArray[] tensors -> IValue.listFrom(tensors);
                    case long[] integers -> IValue.listFrom(integers);
                    case Integer integer -> IValue.from(integer.longValue());
                    case Boolean flag -> IValue.from(flag);
                    case IValue value -> value;
                    default -> throw new IllegalArgumentException("no IValue for " + arguments[i].getClass());
                };
            }
            return IValueUtils.runMethod(block, method, values);
        } catch (RuntimeException e) {
            throw e instanceof IllegalArgumentException ? e : new NativeFailure(method, e);
        } finally {
            for (int i = 0; i < values.length; i++) {
                if (values[i] != null && values[i] != arguments[i]) {
                    values[i].close();
                }
            }
        }
    }

    @Override
    public void close() {
        model.close();
    }

    /** A native exception, cut to its telling line. */
    static final class NativeFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NativeFailure(String method, RuntimeException cause) {
            super(method + ": " + tellingLine(cause), cause);
        }

        private static String tellingLine(RuntimeException cause) {
            String last = cause.getClass().getSimpleName();
            for (String line : String.valueOf(cause.getMessage()).lines().toList()) {
                if (line.startsWith("RuntimeError")) {
                    return line;
                }
                last = last.length() > 20 ? last : line;
            }
            return last;
        }
    }
}
