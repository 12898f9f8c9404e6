package dev.eddy.serialization.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eddy.serialization.ConfigJson;
import dev.eddy.serialization.InvalidModelException;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Shown;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The models of one name, put together from the records of the model topic. Parts wait here until
 * the manifest of their version comes; other names and tombstones are taken in silence. Nothing in
 * the topic makes it throw.
 */
public final class ModelAssembly {
  /**
   * What a record led to: at most one of the three is not null.
   *
   * @param model whole and verified
   * @param problem one line: why the version whose manifest came cannot be used
   * @param stale one line: the version whose manifest came is not above the newest so far
   */
  public record Outcome(ModelSnapshot model, String problem, String stale) {}

  private static final Outcome NOTHING = new Outcome(null, null, null);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String name;
  private long newest;

  /** Parts by index, by version. */
  private final SortedMap<Long, SortedMap<Integer, byte[]>> parts = new TreeMap<>();

  /**
   * An assembly without parts; those of a checkpoint are given to {@link #accept} again.
   *
   * @param newest only versions above it are taken
   */
  public ModelAssembly(String name, long newest) {
    this.name = name;
    this.newest = newest;
  }

  /** Version of the last whole model. */
  public long newest() {
    return newest;
  }

  /** The parts that wait, for a checkpoint. */
  public List<ModelRecord> pending() {
    List<ModelRecord> pending = new ArrayList<>();
    parts.forEach(
        (version, indexed) ->
            indexed.forEach(
                (index, part) ->
                    pending.add(new ModelRecord(ModelTopic.key(name, version, "" + index), part))));
    return pending;
  }

  /** Takes the next record of the topic. */
  public Outcome accept(ModelRecord next) {
    String key = next.key();
    int partAt = key.lastIndexOf('/');
    int versionAt = key.lastIndexOf('/', partAt - 1);
    if (versionAt < 0 || !key.substring(0, versionAt).equals(name)) {
      return NOTHING;
    }
    String part = key.substring(partAt + 1);
    boolean manifest = part.equals(ModelTopic.MANIFEST);
    long version;
    int index;
    try {
      version = Long.parseLong(key.substring(versionAt + 1, partAt));
      index = manifest ? 0 : Integer.parseInt(part);
    } catch (NumberFormatException foreign) {
      return NOTHING;
    }
    if (version < 0 || index < 0) {
      return NOTHING;
    }
    if (version <= newest) {
      return manifest && next.value() != null
          ? new Outcome(null, null, title(version) + "not newer than version " + newest)
          : NOTHING;
    }
    if (manifest) {
      return next.value() == null ? NOTHING : assemble(version, next.value());
    }
    keep(version, index, next.value());
    return NOTHING;
  }

  private void keep(long version, int index, byte[] part) {
    Map<Integer, byte[]> indexed = parts.computeIfAbsent(version, none -> new TreeMap<>());
    if (part != null) {
      indexed.put(index, part);
    } else {
      indexed.remove(index);
    }
    if (indexed.isEmpty()) {
      parts.remove(version);
    }
  }

  private Outcome assemble(long version, byte[] manifest) {
    try {
      ModelSnapshot model = assembled(version, manifest);
      newest = version;
      parts.headMap(version + 1).clear();
      return new Outcome(model, null, null);
    } catch (InvalidModelException invalid) {
      return new Outcome(null, title(version) + invalid.getMessage(), null);
    }
  }

  private String title(long version) {
    return "model " + name + "/" + version + ": ";
  }

  private ModelSnapshot assembled(long version, byte[] bytes) {
    JsonNode manifest;
    try {
      manifest = JSON.readTree(bytes);
    } catch (IOException broken) {
      throw new InvalidModelException(
          "manifest is not JSON: " + Shown.shortened(new String(bytes, StandardCharsets.UTF_8)));
    }
    long format = integer(manifest, "eddy_version");
    if (format != 1) {
      throw new InvalidModelException(
          "manifest: eddy_version is " + format + "; this code reads version 1");
    }
    byte[] weights = joined(version, integer(manifest, "chunks"));
    String found = ModelTopic.sha256(weights);
    String expected = manifest.path("sha256").asText();
    if (!found.equals(expected)) {
      throw new InvalidModelException(
          "expected sha256 " + Shown.shortened(expected) + ", found " + found);
    }
    ModelConfig config =
        ConfigJson.read(manifest.path("config").toString().getBytes(StandardCharsets.UTF_8));
    return new ModelSnapshot(
        name,
        version,
        integer(manifest, "parent"),
        integer(manifest, "steps"),
        config,
        Weights.read(weights, config));
  }

  private byte[] joined(long version, long count) {
    SortedMap<Integer, byte[]> indexed = parts.getOrDefault(version, new TreeMap<>());
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (int index = 0; index < count; index++) {
      byte[] part = indexed.get(index);
      if (part == null) {
        throw new InvalidModelException(
            "expected " + count + " parts, part " + index + " is missing");
      }
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  private static long integer(JsonNode manifest, String key) {
    JsonNode value = manifest.path(key);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new InvalidModelException(
          "manifest: expected an integer " + key + ", found " + Shown.shortened(value.toString()));
    }
    return value.longValue();
  }
}
