package dev.eddy.local.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cache: only a file with the right checksum counts. */
final class NpmPackageTest {
  /** {@code printf abc | sha256sum} */
  private static final NpmPackage ABC =
      new NpmPackage(
          "letters", "1.0.0", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

  private static final String NO_CLIENT = "/nonexistent/npm";

  @TempDir Path folder;

  @Test
  void whatIsCachedNeedsNoClient() throws Exception {
    Path cached = Files.writeString(folder.resolve("letters-1.0.0.tgz"), "abc");
    assertEquals(cached, ABC.fetch(folder, NO_CLIENT));
  }

  @Test
  void aWrongFileInTheCacheIsFetchedAnew() throws Exception {
    Path cached = Files.writeString(folder.resolve("letters-1.0.0.tgz"), "ab");
    assertEquals(cached, ABC.fetch(folder, client("printf abc > letters-1.0.0.tgz")));
    assertEquals("abc", Files.readString(cached));
    assertEquals(List.of(cached.getFileName()), left());
  }

  @Test
  void halfADownloadNeverCounts() throws Exception {
    String half = client("printf ab > letters-1.0.0.tgz");
    IOException e = assertThrows(IOException.class, () -> ABC.fetch(folder, half));
    assertTrue(e.getMessage().contains("must be ba7816bf"), e.getMessage());
    assertEquals(List.of(), left());
  }

  @Test
  void aFailingOrMissingClientIsSaid() throws Exception {
    String failing = client("printf abc > letters-1.0.0.tgz; exit 7");
    IOException exit = assertThrows(IOException.class, () -> ABC.fetch(folder, failing));
    assertEquals("npm pack letters@1.0.0: exit 7", exit.getMessage());
    IOException none = assertThrows(IOException.class, () -> ABC.fetch(folder, NO_CLIENT));
    assertTrue(none.getMessage().contains(NO_CLIENT), none.getMessage());
    assertEquals(List.of(), left());
  }

  private String client(String does) throws IOException {
    Path script = Files.createTempFile("npm-", ".sh");
    script.toFile().deleteOnExit();
    Files.writeString(script, "#!/bin/sh\n" + does + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return script.toString();
  }

  private List<Path> left() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(Path::getFileName).toList();
    }
  }
}
