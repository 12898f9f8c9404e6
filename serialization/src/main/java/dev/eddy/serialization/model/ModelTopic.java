package dev.eddy.serialization.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.eddy.serialization.ConfigJson;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.ModelSnapshot;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A model as records of the compacted model topic: the bytes of its {@code model.safetensors} in
 * parts keyed {@code name/version/0}, {@code name/version/1}, …, and last, keyed {@code
 * name/version/manifest}, the JSON <code>
 * {"eddy_version":1,"name":…,"version":…,"parent":…,"steps":…,"chunks":…,"sha256":…,"config":{…}}
 * </code> with the hash of all parts together. {@link ModelAssembly} turns them back.
 */
public final class ModelTopic {
  /** Most bytes of one part, so that a record with its key stays under 512 KB. */
  public static final int PART = 480 * 1024;

  /** What no record of weights is larger than, bytes. */
  private static final int RECORD = 512 * 1024;

  /** Bytes of a manifest and its key besides the config, at most. */
  private static final int MANIFEST_ALONE = 4 * 1024;

  static final String MANIFEST = "manifest";

  private static final ObjectMapper JSON = new ObjectMapper();

  private ModelTopic() {}

  /** What no record of such a model is larger than, bytes. */
  public static int largestRecord(ModelConfig config) {
    int manifest = ConfigJson.compact(config).getBytes(StandardCharsets.UTF_8).length;
    return Math.max(RECORD, manifest + MANIFEST_ALONE);
  }

  /** The records of a model, to be written in this order, in one transaction. */
  public static List<ModelRecord> split(ModelSnapshot model) {
    byte[] weights = Weights.write(model);
    List<ModelRecord> records = new ArrayList<>();
    for (int from = 0; from < weights.length; from += PART) {
      byte[] part = Arrays.copyOfRange(weights, from, Math.min(from + PART, weights.length));
      records.add(new ModelRecord(key(model.name(), model.version(), "" + records.size()), part));
    }
    ObjectNode manifest =
        JSON.createObjectNode()
            .put("eddy_version", 1)
            .put("name", model.name())
            .put("version", model.version())
            .put("parent", model.parent())
            .put("steps", model.steps())
            .put("chunks", records.size())
            .put("sha256", sha256(weights))
            .putRawValue("config", new RawValue(ConfigJson.compact(model.config())));
    records.add(
        new ModelRecord(
            key(model.name(), model.version(), MANIFEST),
            manifest.toString().getBytes(StandardCharsets.UTF_8)));
    return records;
  }

  /**
   * The tombstones of an older version, manifest first, so that none is ever seen without parts.
   *
   * @param like a version of the same shapes, which says how many parts there were
   */
  public static List<ModelRecord> delete(List<ModelRecord> like, String name, long version) {
    List<ModelRecord> tombstones = new ArrayList<>();
    tombstones.add(new ModelRecord(key(name, version, MANIFEST), null));
    for (int part = 0; part < like.size() - 1; part++) {
      tombstones.add(new ModelRecord(key(name, version, "" + part), null));
    }
    return tombstones;
  }

  static String key(String name, long version, String part) {
    return name + "/" + version + "/" + part;
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
