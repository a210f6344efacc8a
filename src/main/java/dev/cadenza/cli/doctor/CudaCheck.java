package dev.cadenza.cli.doctor;

import dev.cadenza.cli.doctor.Finding.Section;
import dev.cadenza.engine.torch.CudaState;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Tells what CUDA there is and, where a device is asked for, exactly what is missing. */
final class CudaCheck {
    private CudaCheck() {
    }

    /** @param wanted index of the device that is asked for; empty: none is, and nothing here is bad */
    static List<Finding> of(CudaState state, OptionalInt wanted) {
        var findings = new ArrayList<Finding>();
        findings.add(Finding.good(Section.LIBRARIES, "libtorch", state.libraries().toString()));
        boolean asked = wanted.isPresent();
        findings.add(finding(state.build() || !asked, "libtorch", state.build() ? "built for CUDA" : "built for the processor alone",
                "start from the image of docker/Dockerfile.cuda, or set PYTORCH_LIBRARY_PATH to what docker/libtorch-cuda puts together"));
        findings.add(finding(state.driver().isPresent() || !asked, "driver", state.driver().orElse("none: its kernel module is not loaded"),
                "install NVIDIA's driver on the host"));
        findings.add(finding(state.driverLoads() || !asked, "driver library", state.driverLoads() ? "libcuda.so.1 loads" : "no libcuda.so.1",
                "run the container with NVIDIA's runtime (--gpus all), which brings it in"));
        wanted.ifPresent(index -> {
            String device = "cuda:" + index;
            findings.add(state.computes() ? Finding.good(Section.CUDA, device, "computes; a float32 product differs by " + state.error().orElseThrow())
                    : Finding.bad(Section.CUDA, device, state.error().map(error -> "computes wrongly: a product is off by " + error)
                            .orElse("does not compute"), state.message()));
            findings.add(Finding.bad(Section.CUDA, "engine", "computes on the processor only in this version",
                    "start with --device cpu; neither the self-test nor the bench can run on " + device + "; what is told below of the engine is the processor's"));
        });
        return findings;
    }

    private static Finding finding(boolean good, String subject, String value, String remark) {
        return good ? Finding.good(Section.CUDA, subject, value) : Finding.bad(Section.CUDA, subject, value, remark);
    }
}
