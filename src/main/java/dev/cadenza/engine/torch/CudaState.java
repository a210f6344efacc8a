package dev.cadenza.engine.torch;

import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.LibUtils;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What of CUDA this process has. {@link TorchEngine} computes on the processor whatever this says.
 *
 * @param libraries    folder of the libtorch that is loaded
 * @param build        whether that is a CUDA build
 * @param driver       what the kernel module says of itself; empty: there is none
 * @param driverLoads  whether the driver's own library, {@code libcuda.so.1}, is found
 * @param error        of a matrix product on the device against the processor's, relative to its largest element; empty: it does not compute
 * @param message      why it does not compute; empty where it does
 */
public record CudaState(Path libraries, boolean build, Optional<String> driver, boolean driverLoads, Optional<Float> error, String message) {
    private static final Path MODULE = Path.of("/proc/driver/nvidia/version");
    private static final int WIDTH = 512;
    /** TF32, which some devices multiply in unless told otherwise, has 10 bits. */
    private static final float WORST_ERROR = 0.002f;

    public CudaState {
        if (error.isPresent() != message.isEmpty()) {
            throw new IllegalArgumentException("either an error or a message, got %s and %s".formatted(error, message));
        }
    }

    /** Whether the device computes, and rightly. */
    public boolean computes() {
        return error.isPresent() && error.get() <= WORST_ERROR;
    }

    /**
     * Tries the device. Takes a second, and starts the native libraries if nothing has.
     *
     * @param index   of the device, 0 or more
     * @param threads intra-op threads; counts only if nothing has started the native library yet
     * @throws RuntimeException | LinkageError the native libraries do not load
     */
    public static CudaState look(int index, int threads) {
        TorchRuntime.start(threads);
        Path folder = Path.of(LibUtils.getLibtorchPath());
        boolean build = Files.exists(folder.resolve(System.mapLibraryName("torch_cuda")));
        boolean driverLoads = findsDriver();
        if (!build) {
            return new CudaState(folder, false, module(), driverLoads, Optional.empty(), "this libtorch is built for the processor alone");
        }
        try {
            return new CudaState(folder, true, module(), driverLoads, Optional.of(compare(index)), "");
        } catch (Script.NativeFailure none) {
            return new CudaState(folder, true, module(), driverLoads, Optional.empty(), none.getMessage());
        }
    }

    /** @throws Script.NativeFailure the device does not compute */
    static float compare(int index) {
        Script script = Script.load("devices.torchscript.py", "Devices", Map.of());
        try (PtNDManager scope = script.scope()) {
            return script.tensor(scope, "compare", index, WIDTH).toFloatArray()[0];
        } finally {
            script.close();
        }
    }

    private static Optional<String> module() {
        try (var lines = Files.lines(MODULE)) {
            return lines.findFirst();
        } catch (IOException none) {
            return Optional.empty();
        }
    }

    private static boolean findsDriver() {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup("libcuda.so.1", arena);
            return true;
        } catch (IllegalArgumentException none) {
            return false;
        }
    }
}
