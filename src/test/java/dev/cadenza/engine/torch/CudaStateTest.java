package dev.cadenza.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CudaStateTest {

    @Test
    void theBundledLibrariesAreFoundAndSaidToBeForTheProcessor() {
        CudaState state = CudaState.look(0, 1);

        assertThat(state.libraries()).isDirectory();
        assertThat(state.build()).isFalse();
        assertThat(state.computes()).isFalse();
        assertThat(state.message()).contains("processor");
    }

    @Test
    void whereNoDeviceIsTheProgramFailsForWantOfCudaAndForNothingElse() {
        TorchRuntime.start(1);

        assertThatThrownBy(() -> CudaState.compare(0)).isInstanceOf(Script.NativeFailure.class).hasMessageContaining("from the 'CUDA' backend");
    }
}
