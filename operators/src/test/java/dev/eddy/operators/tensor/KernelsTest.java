package dev.eddy.operators.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The door: which kernel a JVM gets, what it is told, and that every vector width is right. */
class KernelsTest {
  private static final String VECTOR = "--add-modules=jdk.incubator.vector";

  @Test
  void theVectorKernelNeedsJava25AndItsModule() {
    assertNull(Kernels.unsupported(25, true));
    assertNull(Kernels.unsupported(26, true));
    assertEquals("this is Java 24", Kernels.unsupported(24, true));
    assertEquals("this is Java 17", Kernels.unsupported(17, false));
    assertEquals("the module jdk.incubator.vector is absent", Kernels.unsupported(25, false));
  }

  @Test
  void aJvmWithTheModuleGetsTheVectorKernelOnce() {
    assumeTrue(vectorModule(), "this JVM cannot run the vector kernel");
    assertTrue(Kernels.best().name().startsWith("vector-"), Kernels.best().name());
    assertSame(Kernels.best(), Kernels.best());
    assertEquals("scalar", Kernels.scalar().name());
  }

  @Test
  void aJvmWithoutTheModuleGetsTheScalarKernelAndOneWarning(@TempDir Path directory)
      throws Exception {
    getsTheScalarKernelAndOneWarning(directory, List.of());
  }

  @Test
  void aJvmThatDeniesNativeAccessGetsTheScalarKernelAndOneWarning(@TempDir Path directory)
      throws Exception {
    assumeTrue(vectorModule(), "this JVM cannot run the vector kernel");
    getsTheScalarKernelAndOneWarning(directory, List.of(VECTOR, "--illegal-native-access=deny"));
  }

  private static void getsTheScalarKernelAndOneWarning(Path directory, List<String> flags)
      throws Exception {
    Path log = directory.resolve("log4j2.properties");
    Files.writeString(
        log,
        """
        rootLogger = WARN, console
        appender.console.type = Console
        appender.console.name = console
        appender.console.layout.type = PatternLayout
        appender.console.layout.pattern = %p %m%n
        """);
    List<String> all = new ArrayList<>(flags);
    all.add("-Dlog4j2.configurationFile=" + log);
    List<String> lines = run(all);
    assertTrue(lines.contains("kernel scalar scalar"), lines::toString);
    List<String> warnings = lines.stream().filter(l -> l.startsWith("WARN ")).toList();
    assertEquals(1, warnings.size(), lines::toString);
    for (String word :
        new String[] {
          "20 times slower",
          "JDK 25",
          VECTOR.replace('=', ' '),
          "--enable-native-access",
          "env.java.opts.taskmanager"
        }) {
      assertTrue(warnings.get(0).contains(word), () -> warnings.get(0) + " lacks " + word);
    }
  }

  /** Bytes of a vector, and the width that the kernel reports. */
  @ParameterizedTest
  @CsvSource({"16, vector-128", "32, vector-256"})
  void narrowerVectorsKeepTheLaws(int bytes, String name) throws Exception {
    assumeTrue(vectorModule(), "this JVM cannot run the vector kernel");
    List<String> lines = run(List.of(VECTOR, "-XX:MaxVectorSize=" + bytes), "laws");
    assertTrue(lines.contains("kernel " + name + " " + name), lines::toString);
    assertTrue(lines.contains("laws hold"), lines::toString);
  }

  /** What a JVM of its own prints: the kernel's name, twice asked, and the laws if wanted. */
  public static void main(String[] arguments) {
    Kernel kernel = Kernels.best();
    System.out.println("kernel " + kernel.name() + " " + Kernels.best().name());
    if (Arrays.asList(arguments).contains("laws")) {
      for (int[] size : new int[][] {{1, 3, 33}, {4, 17, 5}, {7, 1, 1}, {9, 65, 18}}) {
        KernelLaws.agreement(Kernels.scalar(), kernel, size[0], size[1], size[2]);
      }
      KernelLaws.rowInvariance(kernel, 5, 19, 9);
      System.out.println("laws hold");
    }
  }

  private static boolean vectorModule() {
    return Kernels.unsupported(
            Runtime.version().feature(),
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent())
        == null;
  }

  private static List<String> run(List<String> flags, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx256m");
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(KernelsTest.class.getName());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output.lines().toList();
  }
}
