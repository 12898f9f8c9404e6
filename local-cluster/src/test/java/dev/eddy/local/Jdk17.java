package dev.eddy.local;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The JDK 17 of this machine, if there is one. */
public final class Jdk17 {
  private Jdk17() {}

  /** Its {@code java}. */
  public static Optional<Path> java() throws IOException {
    for (Path folder : folders()) {
      if (!Files.isDirectory(folder)) {
        continue;
      }
      try (Stream<Path> homes = Files.list(folder)) {
        Optional<Path> java =
            homes
                .filter(home -> is17(home.resolve("release")))
                .map(home -> home.resolve("bin/java"))
                .filter(Files::isExecutable)
                .sorted()
                .findFirst();
        if (java.isPresent()) {
          return java;
        }
      }
    }
    return Optional.empty();
  }

  private static boolean is17(Path release) {
    try {
      return Files.isReadable(release) && Files.readString(release).contains("JAVA_VERSION=\"17");
    } catch (IOException e) {
      return false;
    }
  }

  /** Where it is looked for. */
  public static List<Path> folders() {
    String path = System.getenv().getOrDefault("EDDY_JDK_PATH", "/usr/lib/jvm");
    return Stream.of(path.split(File.pathSeparator)).map(Path::of).toList();
  }
}
