package dev.eddy.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The tests of the modules that run on users' clusters, once more on a JDK 17: the same class
 * files, with the scalar kernel, but for some long ones. Skipped where no JDK 17 is installed.
 */
class Java17Test {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  private static final String CLASS_PATH = System.getProperty("java.class.path");

  /**
   * Long ones that prove nothing more here. Those of the uses learn for as long as it takes to be
   * right, by operations and jobs whose own tests do run; the kernels that are compared are one.
   */
  private static final String LEFT_OUT =
      ".*\\.(UsesITCase|UsesLectureTest|StreamUsesLectureTest|EncoderDecoderLectureTest"
          + "|KernelAgreementTest)";

  private static final List<String> MODULES = List.of("operators", "jobs", "serialization");

  /** The tests of each module, all at once: much of their time they wait. */
  private static final Map<String, Run> TESTS = new HashMap<>();

  /** Longer than other tests have: beside them, on a busy machine, it is minutes. */
  private static final long SECONDS_TO_END = 480;

  @TempDir static Path folder;

  @BeforeAll
  static void startAllTests() throws Exception {
    Path java = Jdk17.java().orElse(null);
    assumeTrue(java != null, "no JDK 17 in " + Jdk17.folders());
    for (String module : MODULES) {
      TESTS.put(module, tests(java, module));
    }
  }

  @AfterAll
  static void stopAllTests() {
    TESTS.values().forEach(run -> run.process.destroyForcibly());
  }

  private static Run tests(Path java, String module) throws IOException {
    Path target = ROOT.resolve(module).resolve("target");
    String console =
        Stream.of(CLASS_PATH.split(File.pathSeparator))
            .filter(jar -> jar.contains("junit-platform-"))
            .reduce((a, b) -> a + File.pathSeparator + b)
            .orElseThrow();
    String classPath =
        String.join(
            File.pathSeparator,
            target.resolve("test-classes").toString(),
            target.resolve("classes").toString(),
            Files.readString(target.resolve("test-classpath")).strip(),
            console);
    return Run.start(
        java,
        ROOT.resolve(module),
        classPath,
        "org.junit.platform.console.ConsoleLauncher",
        "execute",
        "--scan-classpath=" + target.resolve("test-classes"),
        "--include-classname=.*(Test|ITCase)",
        "--exclude-classname=" + LEFT_OUT,
        "--details=summary",
        "--disable-banner",
        "--disable-ansi-colors");
  }

  @ParameterizedTest
  @FieldSource("MODULES")
  @Timeout(SECONDS_TO_END + 60)
  void testsPass(String module) throws Exception {
    String said = TESTS.get(module).end();
    assertTrue(said.matches("(?s).*\\[ +[1-9][0-9]* tests successful +].*"), said);
  }

  @Test
  void oneWarningNamesTheCure() throws Exception {
    Path module = ROOT.resolve("local-cluster");
    // as users see it; Flink's test library brings one that says nothing
    Path logging = module.resolve("target/classes/log4j2.properties");
    Run run =
        Run.start(
            Jdk17.java().orElseThrow(),
            module,
            CLASS_PATH,
            "-Dlog4j2.configurationFile=" + logging.toUri(),
            KernelChoice.class.getName());
    String said = run.end();
    assertTrue(said.contains("second=scalar"), said);
    List<String> warnings =
        said.lines().filter(line -> line.contains("--add-modules jdk.incubator.vector")).toList();
    assertEquals(1, warnings.size(), said);
    assertTrue(warnings.get(0).matches(".*Java 17.*run on JDK 25.*"), said);
  }

  /** A program on a JDK 17. */
  private record Run(Process process, Path directory, Path log) {
    static Run start(Path java, Path directory, String classPath, String... program)
        throws IOException {
      List<String> command = new ArrayList<>();
      command.add(java.toString());
      command.addAll(List.of(flags("run-17").split(" ")));
      // the other collectors' threads would take the cores from one another
      command.addAll(List.of("-Xmx3g", "-XX:+UseSerialGC", "-cp", classPath));
      command.addAll(List.of(program));
      Path log = Files.createTempFile(folder, "java-17", ".log");
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      return new Run(process, directory, log);
    }

    /** What it has said when it has ended well. */
    String end() throws Exception {
      boolean ended = process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS);
      process.destroyForcibly();
      String said = Files.readString(log);
      assertTrue(ended, () -> directory + ": did not end on a JDK 17:\n" + said);
      assertEquals(0, process.exitValue(), () -> directory + ": fails on a JDK 17:\n" + said);
      return said;
    }
  }

  /** The flags of the build, written from the pom. */
  private static String flags(String list) throws IOException {
    return Files.readAllLines(ROOT.resolve("local-cluster/target/jvm-flags")).stream()
        .filter(line -> line.startsWith(list + "="))
        .map(line -> line.substring(list.length() + 1))
        .findFirst()
        .orElseThrow();
  }
}
