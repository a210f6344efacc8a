package dev.cadenza.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.api.error.ApiException;
import dev.cadenza.api.error.ApiProblem;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ModelGateTest {
    @Inject
    CadenzaConfig config;
    @Inject
    ModelLoader loader;
    @Inject
    Event<ModelReady> ready;

    @Test
    void requestsAreRefusedWhileTheModelLoadsAndWhileTheServerDrains() throws Exception {
        // given
        var gate = new ModelGate(config, loader, ready, new InFlight());

        // then
        assertThat(gate.scheduler()).isEmpty();
        assertThatThrownBy(gate::model).isInstanceOfSatisfying(ApiException.class,
                loading -> assertThat(loading.problem()).isInstanceOf(ApiProblem.ModelLoading.class));

        // when
        gate.load(new StartupEvent());

        // then
        Eventually.within(20_000, "loaded", () -> gate.scheduler().isPresent());
        assertThat(gate.model().id()).isEqualTo(ScriptedModel.ID);

        // when
        gate.stop(new ShutdownEvent());

        // then
        assertThatThrownBy(gate::model).isInstanceOfSatisfying(ApiException.class,
                draining -> assertThat(draining.problem()).isInstanceOf(ApiProblem.Draining.class));
    }
}
