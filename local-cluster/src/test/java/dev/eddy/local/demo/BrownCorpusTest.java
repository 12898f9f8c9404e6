package dev.eddy.local.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The corpus's own format: Latin-1, the last slash, the marks on the tags. */
final class BrownCorpusTest {
  @Test
  void aTokenEndsAtTheLastSlashAndATagLosesItsMarks() {
    var document =
        BrownCorpus.document(
            "ca01", "\n\n\tThe/at Fulton/np-tl and/or/cc\n des/fw-in+at-tl-hl it/pps-nc -/--\n");
    assertEquals(List.of("The", "Fulton", "and/or", "des", "it", "-"), document.tokens());
    assertEquals(List.of("at", "np", "cc", "in+at", "pps", "--"), document.labels());
  }

  @Test
  void aWordWithoutATagIsRefused() {
    var e = assertThrows(IllegalArgumentException.class, () -> BrownCorpus.document("cb02", "x"));
    assertEquals("document cb02: 'x' is not of the form word/tag", e.getMessage());
  }

  @Test
  void readsTheDocumentsOfThePackageAndNothingElse(@TempDir Path folder) throws Exception {
    Path tgz = folder.resolve("corpus.tgz");
    try (var tar = new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(tgz)))) {
      put(tar, "package/README", "no documents here");
      put(tar, "package/cr09", "caf\u00e9/nn");
      put(tar, "package/ca01", "The/at jury/nn");
      put(tar, "package/cats.txt", "ca01 news");
    }
    Corpus corpus = BrownCorpus.read(tgz);
    assertEquals("brown", corpus.name());
    assertEquals(List.of("ca01", "cr09"), corpus.documents().stream().map(d -> d.name()).toList());
    assertEquals(List.of("caf\u00e9"), corpus.documents().get(1).tokens());
    assertEquals(List.of("at", "nn"), corpus.labels());
    assertEquals(3, corpus.size());
  }

  private static void put(TarArchiveOutputStream tar, String name, String text) throws Exception {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }
}
