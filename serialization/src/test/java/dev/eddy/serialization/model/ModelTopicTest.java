package dev.eddy.serialization.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.serialization.DeepEquals;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Samples;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ModelTopicTest {
  /** An embedding of 1.2 million bytes: three parts. */
  private static final ModelSnapshot LARGE =
      Samples.model(
          new ModelConfig(
              "lstm",
              30,
              4,
              1,
              false,
              "tagging",
              List.of("a", "b"),
              new ModelConfig.Text(10_000, 30),
              0));

  private final List<ModelRecord> records = ModelTopic.split(LARGE);
  private final ModelAssembly assembly = new ModelAssembly("main", 0);

  @Test
  void partsAreSmallAndTheManifestIsLast() {
    assertEquals(
        List.of("main/12/0", "main/12/1", "main/12/2", "main/12/manifest"),
        records.stream().map(ModelRecord::key).toList());
    for (ModelRecord part : records) {
      assertTrue(part.key().length() + part.value().length < 512_000, part::key);
    }
  }

  @Test
  void noRecordIsLargerThanSaid() {
    List<String> labels = IntStream.range(0, 60_000).mapToObj(i -> "a long label, " + i).toList();
    var features = new ModelConfig.Numeric(null, null);
    var wide = new ModelConfig("lstm", 1, 1, 1, false, "tagging", labels, features, 0);
    for (ModelConfig config : List.of(LARGE.config(), wide)) {
      int largest = 0;
      for (ModelRecord record : ModelTopic.split(Samples.model(config))) {
        largest = Math.max(largest, record.key().length() + record.value().length);
      }
      int said = ModelTopic.largestRecord(config);
      assertTrue(largest < said && said < 1.1 * largest, largest + " of " + said);
    }
  }

  @Test
  void theManifestIsAsDocumented() {
    String manifest = new String(records.get(3).value(), StandardCharsets.UTF_8);
    String start =
        "{\"eddy_version\":1,\"name\":\"main\",\"version\":12,\"parent\":11,\"steps\":4096,"
            + "\"chunks\":3,\"sha256\":\"";
    assertTrue(manifest.startsWith(start), manifest);
    assertTrue(
        manifest.substring(start.length() + 64).startsWith("\",\"config\":{\"eddy_version\":1,"),
        manifest);
  }

  @Test
  void theModelComesWithTheManifest() {
    for (ModelRecord part : records.subList(0, 3)) {
      assertNothing(assembly.accept(part));
    }
    ModelAssembly.Outcome outcome = assembly.accept(records.get(3));
    assertNull(outcome.problem());
    assertTrue(DeepEquals.test(LARGE, outcome.model()));
    assertEquals(12, assembly.newest());
    assertEquals(List.of(), assembly.pending());
    records.subList(0, 3).forEach(repeated -> assertNothing(assembly.accept(repeated)));
    assertEquals(
        new ModelAssembly.Outcome(null, null, "model main/12: not newer than version 12"),
        assembly.accept(records.get(3)));
    assertEquals(List.of(), assembly.pending());
  }

  /** Wherever the records are cut, a restored assembly goes on. */
  @Test
  void pendingPartsSurviveACheckpoint() {
    for (int cut = 0; cut < 4; cut++) {
      ModelAssembly before = new ModelAssembly("main", 3);
      records.subList(0, cut).forEach(before::accept);
      ModelAssembly after = new ModelAssembly("main", before.newest());
      before.pending().forEach(after::accept);
      records.subList(cut, 3).forEach(after::accept);
      assertTrue(DeepEquals.test(LARGE, after.accept(records.get(3)).model()));
    }
  }

  @Test
  void strangersAreTakenInSilence() {
    records.subList(0, 3).forEach(assembly::accept);
    List<String> keys =
        List.of(
            "",
            "/",
            "main",
            "main/12",
            "main/x/0",
            "main/12/x",
            "main/12/-1",
            "12/0",
            "other/12/0",
            "other/12/manifest",
            "a/main/12/0",
            "main/0/0",
            "main/-7/manifest");
    for (String key : keys) {
      assertNothing(assembly.accept(new ModelRecord(key, new byte[1])));
      assertNothing(assembly.accept(new ModelRecord(key, null)));
    }
    assertNothing(assembly.accept(new ModelRecord("main/12/manifest", null)));
    assertNotNull(assembly.accept(records.get(3)).model());
  }

  @Test
  void aNameMayHoldSlashes() {
    ModelSnapshot model = new ModelSnapshot("a/7/b", 1, 0, 5, LARGE.config(), LARGE.tensors());
    ModelAssembly named = new ModelAssembly("a/7/b", 0);
    ModelAssembly.Outcome last = null;
    for (ModelRecord part : ModelTopic.split(model)) {
      last = named.accept(part);
    }
    assertTrue(DeepEquals.test(model, last.model()));
  }

  @Test
  void tombstonesTakeBackWhatSplitWrote() {
    List<ModelRecord> tombstones = ModelTopic.delete(records, "main", 12);
    assertEquals("main/12/manifest", tombstones.get(0).key());
    List<String> keys = new ArrayList<>(records.stream().map(ModelRecord::key).toList());
    Collections.rotate(keys, 1);
    assertEquals(keys, tombstones.stream().map(ModelRecord::key).toList());
    records.subList(0, 3).forEach(assembly::accept);
    tombstones.forEach(tombstone -> assertNothing(assembly.accept(tombstone)));
    assertEquals(List.of(), assembly.pending());
    assertProblem("expected 3 parts, part 0 is missing", records.get(3));
  }

  @Test
  void aMissingPartIsNamedAndMayComeLater() {
    assembly.accept(records.get(0));
    assembly.accept(records.get(2));
    assertProblem("expected 3 parts, part 1 is missing", records.get(3));
    assembly.accept(records.get(1));
    assertNotNull(assembly.accept(records.get(3)).model());
  }

  @Test
  void aChangedPartIsFound() {
    records.subList(0, 3).forEach(assembly::accept);
    byte[] changed = records.get(1).value().clone();
    changed[77] ^= 1;
    assembly.accept(new ModelRecord("main/12/1", changed));
    assertProblem("expected sha256 ", records.get(3));
    assertEquals(0, assembly.newest());
    assembly.accept(records.get(1));
    assertNotNull(assembly.accept(records.get(3)).model());
  }

  @Test
  void aWholeModelEndsOlderOnesThatWait() {
    assembly.accept(new ModelRecord("main/11/0", new byte[9]));
    assembly.accept(new ModelRecord("main/13/0", new byte[9]));
    records.forEach(assembly::accept);
    assertEquals(List.of("main/13/0"), assembly.pending().stream().map(ModelRecord::key).toList());
  }

  @Test
  void badManifestsAreProblems() {
    records.subList(0, 3).forEach(assembly::accept);
    String good = new String(records.get(3).value(), StandardCharsets.UTF_8);
    assertProblem("manifest is not JSON: {", manifest("{"));
    assertProblem("manifest: expected an integer eddy_version, found ", manifest(""));
    assertProblem("manifest: expected an integer eddy_version, found ", manifest("[]"));
    assertProblem(
        "manifest: eddy_version is 2; this code reads version 1",
        manifest(good.replaceFirst("\"eddy_version\":1", "\"eddy_version\":2")));
    assertProblem(
        "manifest: expected an integer chunks, found \"3\"",
        manifest(good.replace("\"chunks\":3", "\"chunks\":\"3\"")));
    assertProblem("expected sha256 ", manifest(good.replace("\"chunks\":3", "\"chunks\":2")));
    assertProblem("expected an object, found", manifest(good.replace("\"config\"", "\"con\"")));
    assertProblem(
        "embedding.weight: expected shape [9999, 30], found [10000, 30]",
        manifest(good.replace("\"rows\":10000", "\"rows\":9999")));
  }

  /** Whatever is done to the bytes: a model or a problem, never an exception. */
  @Test
  void noByteMakesItThrow() {
    Random random = new Random(7);
    records.subList(0, 3).forEach(assembly::accept);
    byte[] good = records.get(3).value();
    IntStream.range(0, 200)
        .forEach(
            round -> {
              byte[] bad = good.clone();
              bad[random.nextInt(bad.length)] = (byte) random.nextInt();
              ModelAssembly.Outcome outcome =
                  assembly.accept(new ModelRecord("main/12/manifest", bad));
              if (outcome.model() != null) {
                records.subList(0, 3).forEach(assembly::accept);
              }
            });
  }

  private static ModelRecord manifest(String json) {
    return new ModelRecord("main/12/manifest", json.getBytes(StandardCharsets.UTF_8));
  }

  private static void assertNothing(ModelAssembly.Outcome outcome) {
    assertNull(outcome.model());
    assertNull(outcome.problem());
  }

  private void assertProblem(String start, ModelRecord manifest) {
    ModelAssembly.Outcome outcome = assembly.accept(manifest);
    assertNull(outcome.model());
    assertTrue(outcome.problem().startsWith("model main/12: " + start), outcome.problem());
    assertEquals(1, outcome.problem().lines().count());
  }
}
