package dev.eddy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.serialization.Tag;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The stream is measured, and tags what it must; how fast anything is, no test asks. It runs seven
 * jobs, so it is no part of the default tests:
 *
 * <pre>
 * mvn test -pl local-cluster/bench -am -Dtest=StreamTest -Deddy.bench-stream=true \
 *     -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
@EnabledIfSystemProperty(named = "eddy.bench-stream", matches = "true")
final class StreamTest {
  private static final StreamCase SMALL = new StreamCase(16, 2, 200, "hashmap", true);
  private static final List<StreamCase> GROWTH = List.of(SMALL, SMALL.checkpointed("rocksdb"));
  private static final StreamEffort SHORT = new StreamEffort(SMALL, 2, 1, 300, GROWTH, 2, 3_000, 1);

  @Test
  void everyRowIsWhole() throws Exception {
    List<StreamRow> rows = new ArrayList<>();
    List<Tagger> peers = List.of(Tagger.PLAIN, new Tagger("absent", "absent.Peer"));
    new StreamRun(SHORT, peers, doing -> {}, rows::add).measure();
    assertEquals(
        List.of("first-event", "stream", "stream", "stream", "growth", "growth", "latency"),
        rows.stream().map(StreamRow::name).toList());
    StreamRow absent = rows.remove(3);
    assertEquals("absent", absent.peer());
    assertTrue(absent.reason().contains("absent.Peer"), absent.reason());
    assertTrue(absent.figures().isEmpty());
    for (StreamRow row : rows) {
      assertNull(row.reason());
      row.figures().forEach((name, figure) -> assertTrue(figure > 0, () -> name + ": " + row));
      assertTrue(row.json().keySet().containsAll(row.figures().keySet()));
    }
    Map<String, Double> stream = rows.get(2).figures();
    assertEquals(
        (stream.get("floor_us") + stream.get("kernel_us")) / stream.get("eddy_us"),
        stream.get("bound_share"),
        1e-9);
    assertEquals(stream.get("peer_us") / stream.get("eddy_us"), stream.get("ratio"), 1e-9);
    for (StreamRow row : rows.subList(3, 5)) {
      double floats = 4.0 * SMALL.stateFloats();
      double bytes = row.figures().get("state_bytes_per_key");
      assertTrue(bytes > floats && bytes <= row.figures().get("state_bytes_allowed"));
      assertEquals(2, row.figures().get("rounds"));
      assertTrue(row.figures().get("checkpoint_bytes_per_key") > floats, row::toString);
    }
    assertEquals(4 * 2 + 3 + rows.size(), StreamRow.tables(rows).lines().count());
  }

  @Test
  void eddyTagsAsThePlainEquationsDo() throws Exception {
    List<Tag> eddy;
    List<Tag> plain;
    try (StreamJobs jobs = new StreamJobs()) {
      eddy = StreamRun.tags(jobs, SMALL, Tagger.EDDY, 2_000);
      plain = StreamRun.tags(jobs, SMALL, Tagger.PLAIN, 2_000);
    }
    assertEquals(2_000, eddy.size());
    assertEquals(shown(plain), shown(eddy));
    StreamRun.requireAgreement(plain, eddy);
  }

  private static List<String> shown(List<Tag> tags) {
    return tags.stream().map(tag -> tag.sequence() + " " + tag.index() + " " + tag.tag()).toList();
  }
}
