package dev.eddy.local;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between the modules, one way: serialization, operators, jobs, local-cluster. */
@AnalyzeClasses(packages = "dev.eddy", importOptions = DoNotIncludeTests.class)
final class ArrowsTest {
  @ArchTest
  static final ArchRule MODULES =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage("dev.eddy..")
          .layer("serialization")
          .definedBy("dev.eddy.serialization..")
          .layer("operators")
          .definedBy("dev.eddy.operators..")
          .layer("jobs")
          .definedBy("dev.eddy.jobs..")
          .layer("local-cluster")
          .definedBy("dev.eddy.local..")
          .whereLayer("local-cluster")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("jobs")
          .mayOnlyBeAccessedByLayers("local-cluster")
          .whereLayer("operators")
          .mayOnlyBeAccessedByLayers("jobs", "local-cluster");

  @ArchTest
  static final ArchRule HERE =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage("dev.eddy.local..")
          .layer("machines")
          .definedBy("dev.eddy.local")
          .layer("demo")
          .definedBy("dev.eddy.local.demo")
          .layer("command")
          .definedBy("dev.eddy.local.command")
          .whereLayer("command")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("demo")
          .mayOnlyBeAccessedByLayers("command");
}
