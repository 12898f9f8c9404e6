package dev.eddy.serialization;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The JSON of a {@link ModelConfig}: {@code config.json}, and the same text inside manifests. */
public final class ConfigJson {
  private static final int VERSION = 1;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final Set<String> KEYS =
      Set.of(
          "eddy_version",
          "architecture",
          "input_size",
          "hidden_size",
          "num_layers",
          "bidirectional",
          "task",
          "labels",
          "features",
          "lookahead",
          "residual",
          "dropout",
          "layer_norm");

  private ConfigJson() {}

  /** On one line, the same for equal configs. */
  public static String compact(ModelConfig config) {
    return tree(config).toString();
  }

  /** As people read it. */
  public static String pretty(ModelConfig config) {
    DefaultPrettyPrinter lines =
        new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
    try {
      return JSON.writer(lines).writeValueAsString(tree(config)) + "\n";
    } catch (JsonProcessingException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static ObjectNode tree(ModelConfig config) {
    ObjectNode json = JSON.createObjectNode();
    json.put("eddy_version", VERSION);
    json.put("architecture", config.architecture());
    json.put("input_size", config.inputSize());
    json.put("hidden_size", config.hiddenSize());
    json.put("num_layers", config.numLayers());
    json.put("bidirectional", config.bidirectional());
    json.put("task", config.task());
    config.labels().forEach(json.putArray("labels")::add);
    ObjectNode features = json.putObject("features");
    if (config.features() instanceof ModelConfig.Text text) {
      features.put("kind", "text").put("rows", text.rows()).put("width", text.width());
    } else if (config.features() instanceof ModelConfig.Numeric numeric) {
      features.put("kind", "numeric");
      putFloats(features, "mean", numeric.mean());
      putFloats(features, "scale", numeric.scale());
    }
    json.put("lookahead", config.lookahead());
    ModelConfig.Layers layers = config.layers();
    if (layers.residual()) {
      json.put("residual", true);
    }
    if (layers.dropout() != 0) {
      json.put("dropout", layers.dropout());
    }
    if (layers.layerNorm()) {
      json.put("layer_norm", true);
    }
    return json;
  }

  /**
   * Reads and checks a config.
   *
   * @param utf8 the text of {@code config.json}
   * @throws InvalidModelException naming the key, what was expected and what was found
   */
  public static ModelConfig read(byte[] utf8) {
    JsonNode json;
    try {
      json = JSON.readTree(utf8);
    } catch (JsonProcessingException broken) {
      // what the parser says of where it began is about its own settings
      throw new InvalidModelException(
          "not JSON: %s, line %d"
              .formatted(
                  broken.getOriginalMessage().replaceFirst(" \\(start marker at .*", ""),
                  broken.getLocation().getLineNr()));
    } catch (IOException broken) {
      throw new InvalidModelException("not JSON: " + broken.getMessage());
    }
    require(json.isObject(), "expected an object, found " + shown(json));
    int version = json.has("eddy_version") ? integer(json, "eddy_version") : VERSION;
    require(
        version == VERSION, "eddy_version is " + version + "; this code reads version " + VERSION);
    onlyKnown(json, KEYS, "");
    return new ModelConfig(
        string(json, "architecture"),
        integer(json, "input_size"),
        integer(json, "hidden_size"),
        integer(json, "num_layers"),
        expect(json, "bidirectional", JsonNodeType.BOOLEAN).booleanValue(),
        string(json, "task"),
        strings(json, "labels"),
        json.has("features") ? features(expect(json, "features", JsonNodeType.OBJECT)) : null,
        json.has("lookahead") ? integer(json, "lookahead") : 0,
        new ModelConfig.Layers(
            flag(json, "residual"),
            json.has("dropout") ? number(expect(json, "dropout", JsonNodeType.NUMBER)) : 0,
            flag(json, "layer_norm")));
  }

  private static boolean flag(JsonNode json, String key) {
    return json.has(key) && expect(json, key, JsonNodeType.BOOLEAN).booleanValue();
  }

  private static float number(JsonNode value) {
    return Float.parseFloat(value.asText());
  }

  private static ModelConfig.Features features(JsonNode json) {
    String kind = json.has("kind") ? string(json, "kind") : "numeric";
    return switch (kind) {
      case "text" -> {
        onlyKnown(json, Set.of("kind", "rows", "width"), "features.");
        yield new ModelConfig.Text(integer(json, "rows"), integer(json, "width"));
      }
      case "numeric" -> {
        onlyKnown(json, Set.of("kind", "mean", "scale"), "features.");
        yield new ModelConfig.Numeric(floats(json, "mean"), floats(json, "scale"));
      }
      default ->
          throw new InvalidModelException(
              "features.kind is '" + kind + "'; must be one of numeric, text");
    };
  }

  private static void onlyKnown(JsonNode json, Set<String> known, String prefix) {
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      require(known.contains(field.getKey()), "unknown key '" + prefix + field.getKey() + "'");
    }
  }

  private static JsonNode expect(JsonNode json, String key, JsonNodeType type) {
    JsonNode value = json.get(key);
    require(value != null, key + " is missing");
    require(
        value.getNodeType() == type,
        key + ": expected " + type.name().toLowerCase(Locale.ROOT) + ", found " + shown(value));
    return value;
  }

  private static int integer(JsonNode json, String key) {
    JsonNode value = expect(json, key, JsonNodeType.NUMBER);
    require(
        value.isIntegralNumber() && value.canConvertToInt(),
        key + ": expected an integer, found " + shown(value));
    return value.intValue();
  }

  private static String string(JsonNode json, String key) {
    return expect(json, key, JsonNodeType.STRING).textValue();
  }

  private static List<String> strings(JsonNode json, String key) {
    List<String> strings = new ArrayList<>();
    for (JsonNode value : expect(json, key, JsonNodeType.ARRAY)) {
      require(value.isTextual(), key + ": expected strings, found " + shown(value));
      strings.add(value.textValue());
    }
    return strings;
  }

  private static float[] floats(JsonNode json, String key) {
    if (!json.has(key)) {
      return null;
    }
    JsonNode array = expect(json, key, JsonNodeType.ARRAY);
    float[] floats = new float[array.size()];
    for (int i = 0; i < floats.length; i++) {
      require(array.get(i).isNumber(), key + ": expected numbers, found " + shown(array.get(i)));
      floats[i] = number(array.get(i));
    }
    return floats;
  }

  private static void putFloats(ObjectNode json, String key, float[] values) {
    if (values != null) {
      ArrayNode array = json.putArray(key);
      for (float value : values) {
        array.add(value);
      }
    }
  }

  private static String shown(JsonNode value) {
    return value.isMissingNode() ? "nothing" : Shown.shortened(value.toString());
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new InvalidModelException(otherwise);
    }
  }
}
