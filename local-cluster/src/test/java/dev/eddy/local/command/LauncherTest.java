package dev.eddy.local.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher on a machine without a JDK that is new enough. */
final class LauncherTest {
  private static final Path LAUNCHER = Path.of("..", "eddy").toAbsolutePath().normalize();

  @TempDir Path folder;

  @Test
  void saysInOneLineWhatToDoWhereThereIsNoJdk() throws Exception {
    assertSaysThatThereIsNoJdk(LAUNCHER, Map.of());
  }

  @Test
  void isFoundThroughALinkFromAnyFolder() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), LAUNCHER);
    assertSaysThatThereIsNoJdk(link, Map.of());
  }

  @Test
  void anOldJdkIsNone() throws Exception {
    Path old = folder.resolve("jdk-24");
    Files.createDirectories(old.resolve("bin"));
    Files.writeString(old.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"24.0.2\"\n");
    assertTrue(Files.createFile(old.resolve("bin/javac")).toFile().setExecutable(true));
    assertSaysThatThereIsNoJdk(
        LAUNCHER, Map.of("JAVA_HOME", old.toString(), "EDDY_JDK_PATH", folder.toString()));
  }

  private void assertSaysThatThereIsNoJdk(Path launcher, Map<String, String> variables)
      throws Exception {
    Path err = folder.resolve("err");
    var builder = new ProcessBuilder(launcher.toString(), "demo").directory(folder.toFile());
    builder.environment().remove("JAVA_HOME");
    builder.environment().put("EDDY_JDK_PATH", folder.resolve("none").toString());
    builder.environment().putAll(variables);
    builder.redirectError(err.toFile()).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(2, TimeUnit.SECONDS), "no answer within 2 s");
    } finally {
      process.destroyForcibly();
    }
    assertEquals(2, process.exitValue());
    String said = Files.readString(err);
    assertEquals(1, said.lines().count(), said);
    assertTrue(said.startsWith("eddy: no JDK 25 or later found; install one"), said);
  }
}
