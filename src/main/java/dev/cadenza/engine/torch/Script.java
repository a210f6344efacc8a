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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A loaded TorchScript module. Device thread only. */
final class Script implements AutoCloseable {
    /** Kept: a finalizer closes an unreachable model in mid-use. */
    private final Model model;
    private final PtSymbolBlock block;
    private Thread configured;
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

    /** Time spent in native calls that succeeded, since the load. */
    long nativeNanos() {
        return nativeNanos;
    }

    private IValue call(String method, Object... arguments) {
        if (configured != Thread.currentThread()) {
            // The profiling executor costs seconds of recompilation and changes results; the switch is per thread.
            JniUtils.setGraphExecutorOptimize(false);
            configured = Thread.currentThread();
        }
        var values = new IValue[arguments.length];
        try {
            for (int i = 0; i < arguments.length; i++) {
                values[i] = switch (arguments[i]) {
                    case PtNDArray tensor -> IValue.from(tensor);
                    case PtNDArray[] tensors -> IValue.listFrom(tensors);
                    case long[] integers -> IValue.listFrom(integers);
                    case Integer integer -> IValue.from(integer.longValue());
                    case Boolean flag -> IValue.from(flag);
                    default -> throw new IllegalArgumentException("no IValue for " + arguments[i].getClass());
                };
            }
            long start = System.nanoTime();
            IValue result = IValueUtils.runMethod(block, method, values);
            nativeNanos += System.nanoTime() - start;
            return result;
        } catch (RuntimeException e) {
            throw e instanceof IllegalArgumentException ? e : new NativeFailure(method, e);
        } finally {
            for (IValue value : values) {
                if (value != null) {
                    value.close();
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
