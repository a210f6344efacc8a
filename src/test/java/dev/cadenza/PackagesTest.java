package dev.cadenza;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Arrows between packages point down only. */
@AnalyzeClasses(packages = "dev.cadenza", importOptions = DoNotIncludeTests.class)
class PackagesTest {

    @ArchTest
    static final ArchRule ARROWS_POINT_DOWN = layeredArchitecture().consideringOnlyDependenciesInLayers()
            .layer("cli").definedBy("dev.cadenza.cli..")
            .layer("api").definedBy("dev.cadenza.api..")
            .layer("observability").definedBy("dev.cadenza.observability..")
            .layer("scheduler").definedBy("dev.cadenza.scheduler..")
            .layer("decoding").definedBy("dev.cadenza.decoding..")
            .layer("sampling").definedBy("dev.cadenza.sampling..")
            .layer("chat").definedBy("dev.cadenza.chat..")
            .layer("engine").definedBy("dev.cadenza.engine..")
            .layer("model").definedBy("dev.cadenza.model..")
            .layer("tokenizer").definedBy("dev.cadenza.tokenizer..")
            .whereLayer("cli").mayNotBeAccessedByAnyLayer()
            .whereLayer("api").mayOnlyBeAccessedByLayers("cli")
            .whereLayer("observability").mayOnlyBeAccessedByLayers("cli", "api")
            .whereLayer("scheduler").mayOnlyBeAccessedByLayers("cli", "api", "observability")
            .whereLayer("decoding").mayOnlyBeAccessedByLayers("cli", "api", "scheduler")
            .whereLayer("sampling").mayOnlyBeAccessedByLayers("cli", "api", "scheduler", "decoding")
            .whereLayer("chat").mayOnlyBeAccessedByLayers("cli", "api")
            .whereLayer("engine").mayOnlyBeAccessedByLayers("cli", "api", "scheduler", "decoding", "sampling")
            .whereLayer("model").mayOnlyBeAccessedByLayers("cli", "api", "engine")
            .whereLayer("tokenizer").mayOnlyBeAccessedByLayers("cli", "api", "scheduler", "sampling", "chat", "model");

    @ArchTest
    static final ArchRule ONLY_THE_TORCH_ROOM_THE_TOKENIZER_AND_PROBE_TRAINING_KNOW_DJL = com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses().that()
            .resideOutsideOfPackages("dev.cadenza.engine.torch..", "dev.cadenza.tokenizer..", "dev.cadenza.cli.probe..").should().dependOnClassesThat().resideInAPackage("ai.djl..");
}
