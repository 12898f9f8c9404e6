package dev.eddy.operators;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The arrows: serialization; and tensor, graph, cell, training, stream, each on those before. */
class ArrowsTest {
  private static final String OFF_HEAP = "dev.eddy.operators.tensor.VectorKernel";
  private static final String VECTORS = "jdk.incubator.vector";
  private static final List<String> SPECIES_MAKERS =
      List.of("of", "ofPreferred", "ofLargestShape", "withLanes", "withShape", "forIndexBitSize");
  private static final int JAVA_17 = 61;

  private final JavaClasses eddy =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.eddy");

  @Test
  void eachPackageKnowsOnlyThoseBeforeIt() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("dev.eddy..")
        .layer("serialization")
        .definedBy("dev.eddy.serialization..")
        .layer("tensor")
        .definedBy("dev.eddy.operators.tensor..")
        .optionalLayer("graph")
        .definedBy("dev.eddy.operators.graph..")
        .layer("cell")
        .definedBy("dev.eddy.operators.cell..")
        .layer("training")
        .definedBy("dev.eddy.operators.training..")
        .layer("stream")
        .definedBy("dev.eddy.operators.stream..")
        .whereLayer("serialization")
        .mayNotAccessAnyLayer()
        .whereLayer("tensor")
        .mayNotAccessAnyLayer()
        .whereLayer("graph")
        .mayOnlyAccessLayers("serialization", "tensor")
        .whereLayer("cell")
        .mayOnlyAccessLayers("serialization", "tensor", "graph")
        .whereLayer("training")
        .mayOnlyAccessLayers("serialization", "tensor", "graph", "cell")
        .whereLayer("stream")
        .mayOnlyAccessLayers("serialization", "tensor", "graph", "cell", "training")
        .ensureAllClassesAreContainedInArchitecture()
        .check(eddy);
  }

  @Test
  void onlyStreamKnowsFlink() {
    noClasses()
        .that()
        .resideInAPackage("dev.eddy.operators..")
        .and()
        .resideOutsideOfPackage("dev.eddy.operators.stream..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.flink..")
        .check(eddy);
  }

  @Test
  void onlyTheOffHeapHalfOfTensorKnowsTheForeignAndVectorInterfaces() {
    noClasses()
        .that(are17())
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.lang.foreign..", "jdk.incubator.vector..")
        .check(eddy);
    classes()
        .that(DescribedPredicate.not(are17()))
        .should()
        .resideInAPackage("dev.eddy.operators.tensor")
        .check(eddy);
  }

  /** Two in one JVM, and the JVM's compiler keeps the vectors of both on the heap. */
  @Test
  void thereIsOneVectorSpecies() {
    noClasses()
        .should()
        .accessFieldWhere(
            DescribedPredicate.describe(
                "a species that is not the preferred one",
                access ->
                    access.getTargetOwner().getPackageName().equals(VECTORS)
                        && access.getTarget().getName().startsWith("SPECIES_")
                        && !access.getTarget().getName().equals("SPECIES_PREFERRED")))
        .orShould()
        .callMethodWhere(
            DescribedPredicate.describe(
                "makes a species",
                call ->
                    call.getTargetOwner().getPackageName().equals(VECTORS)
                        && SPECIES_MAKERS.contains(call.getTarget().getName())))
        .check(eddy);
  }

  @Test
  void theClassesOfJava25AreAmongThem() {
    assertTrue(eddy.contain(OFF_HEAP));
    assertTrue(
        eddy.get(OFF_HEAP).getDirectDependenciesFromSelf().stream()
            .anyMatch(
                to -> to.getTargetClass().getPackageName().startsWith("jdk.incubator.vector")),
        OFF_HEAP);
  }

  private static DescribedPredicate<JavaClass> are17() {
    return DescribedPredicate.describe("are compiled for 17", type -> version(type) == JAVA_17);
  }

  /** The major version in the head of a class file. */
  private static int version(JavaClass type) {
    try (var file =
        new DataInputStream(type.getSource().orElseThrow().getUri().toURL().openStream())) {
      file.skipNBytes(6);
      return file.readUnsignedShort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
