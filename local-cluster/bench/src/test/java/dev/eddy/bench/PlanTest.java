package dev.eddy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.jobs.BadConfiguration;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is measured, and beside whom: the same in a short run as in a long one. */
final class PlanTest {
  /** What the libraries of the peers are called. */
  private static final List<String> LIBRARIES =
      List.of(
          "onnx", "pytorch", "djl", "dnnl", "mkl", "openblas", "javacpp", "nd4j", "deeplearning4j");

  @ParameterizedTest
  @CsvSource({
    "lstm, 128, 1",
    "lstm, 128, 32",
    "lstm, 128, 64",
    "gru, 128, 1",
    "gru, 128, 32",
    "gru, 128, 64",
    "lstm, 64, 1",
    "lstm, 64, 32",
    "gru, 64, 1",
    "gru, 64, 32",
    "lstm, 256, 1",
    "lstm, 256, 32",
    "gru, 256, 1",
    "gru, 256, 32"
  })
  void everyStepIsMeasuredWithOneThreadAndWithTwo(String cell, int h, int batch) {
    for (int threads = 1; threads <= 2; threads++) {
      Case step = new Case(Case.STEP, cell, 32, h, 16, batch, 1, 1, threads);
      assertTrue(KernelBench.cases().contains(step), step::toString);
    }
    if (batch < 64) {
      Case after = new Case(Case.STEP_AFTER_OTHERS, cell, 32, h, 16, batch, 1, 1, 1);
      assertTrue(KernelBench.afterOthers().contains(after), after::toString);
    }
  }

  @Test
  void everyMiniBatchIsMeasuredWithOneThreadAndWithTwo() {
    for (int threads = 1; threads <= 2; threads++) {
      List<Case> cases =
          List.of(
              new Case(Case.TRAIN, "lstm", 32, 128, 16, 32, 1, 32, threads),
              new Case(Case.TRAIN, "lstm", 32, 128, 16, 1, 1, 8, threads),
              new Case(Case.TRAIN_TEXT, "lstm", 64, 128, 16, 16, 1, 16, threads));
      assertTrue(TrainBench.cases().containsAll(cases), () -> "" + TrainBench.cases());
    }
  }

  @Test
  void theTokensOfAllMiniBatchesHaveNearlyAllRowsOfTheTable() {
    for (Case of : TrainBench.cases()) {
      if (of.name().equals(Case.TRAIN_TEXT)) {
        BitSet rows = new BitSet(Case.TABLE_ROWS);
        EddyTraining.batches(of).stream()
            .flatMap(List::stream)
            .flatMap(window -> window.events().stream())
            .flatMapToInt(event -> Arrays.stream(PlainNetwork.tableRows(event.token())))
            .forEach(rows::set);
        assertTrue(rows.cardinality() > 0.95 * Case.TABLE_ROWS, () -> "" + rows.cardinality());
      }
    }
  }

  @Test
  void theStreamIsRefusedWhereMemoryIsTooLittle() {
    StreamBench.requireMemory(true, 4L << 30);
    StreamBench.requireMemory(false, 7L << 30);
    var e = assertThrows(BadConfiguration.class, () -> StreamBench.requireMemory(false, 9L << 29));
    assertEquals(
        "stream: must have 7 GiB of memory, got 4.5 GiB; with --quick 3 GiB do", e.getMessage());
  }

  /** Half of a small one, as Linux gives its size. */
  @Test
  void whatIsReadFitsTheSecondCache(@TempDir Path folder) throws Exception {
    Path size = folder.resolve("size");
    assertEquals(512 << 10, Limits.bytes(size));
    assertEquals(512 << 10, Limits.bytes(Files.writeString(size, "2048K\n")));
    assertEquals(128 << 10, Limits.bytes(Files.writeString(size, "256K\n")));
  }

  @Test
  void peersHaveTheNamesOfTheReport() {
    assertEquals(Set.of("openblas", "mkl"), names(Peer.OF_PRODUCTS));
    assertEquals(
        Set.of("onnxruntime-pinned", "onnxruntime", "djl", "onednn", "dl4j"), names(Peer.OF_STEPS));
    assertEquals(Set.of("djl", "dl4j"), names(Peer.OF_TRAINING));
  }

  private static Set<String> names(List<Peer> peers) {
    return peers.stream().map(Peer::name).collect(Collectors.toSet());
  }

  /** Learning: the gradients of the inputs are not taken; of a table's rows they are. */
  @Test
  void operationsAreThoseThatAreDone() {
    long cell = 4 * 128 * (32 + 128);
    long output = 16 * 128;
    assertEquals(
        2.0 * 32 * 32 * (3 * (cell + output) - 4 * 128 * 32),
        new Case(Case.TRAIN, "lstm", 32, 128, 16, 32, 1, 32, 1).flops());
    assertEquals(
        2.0 * 32 * 32 * 3 * (cell + output),
        new Case(Case.TRAIN_TEXT, "lstm", 32, 128, 16, 32, 1, 32, 1).flops());
    assertEquals(
        2.0 * 64 * (cell + output), new Case(Case.STEP, "lstm", 32, 128, 16, 64, 1, 1, 1).flops());
  }

  /** This class path is that of all of the product, and of the benchmarks. */
  @Test
  void noPeerIsOnTheClassPathOfTheProduct() {
    String[] entries = System.getProperty("java.class.path").split(File.pathSeparator);
    List<String> files =
        Arrays.stream(entries)
            .map(entry -> Path.of(entry).getFileName().toString().toLowerCase(Locale.ROOT))
            .toList();
    assertTrue(files.stream().anyMatch(file -> file.startsWith("flink-")), files::toString);
    assertEquals(
        List.of(),
        files.stream().filter(file -> LIBRARIES.stream().anyMatch(file::contains)).toList());
  }
}
