package dev.eddy.serialization.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import java.io.IOException;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;

/**
 * What a valid event is, for one model, and how it is read from JSON.
 *
 * <p>One object in UTF-8. Fields that are not the event's are skipped; a field that is null counts
 * as absent; none of the event's fields may stand twice. The sequence is its field, or else the
 * record's key; both must agree. The input is a token or {@code input_size} finite numbers, as the
 * model reads it; only the last event of a sequence may be without. Where labels are read, each
 * must be one of the model's; otherwise they are skipped like an unknown field. Of a language model
 * that reads tokens, the token is the label where none is given, if it is one of the model's. The
 * time is the field, or else the record's.
 */
public final class EventFormat implements Serializable {
  /** Longest sequence and longest token, in UTF-16 units. */
  public static final int LONGEST_TEXT = 4096;

  /** 9999-12-31T23:59:59.999Z: later times are seconds or microseconds gone wrong. */
  public static final long LATEST_TIME = 253_402_300_799_999L;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CHARSET_DETECTION)
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          // read, so that what is refused is the number and not the whole record
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  final EventFields fields;

  /** Numbers of an event, 0 for a model that reads tokens. */
  final int inputs;

  /** Row of the output by label, null where labels are skipped. */
  final Map<String, Integer> labels;

  /**
   * Whether a label may stand on an end without input: where a whole sequence is labelled, or what
   * follows its last event.
   */
  final boolean labelsEnds;

  /** Whether a token without a label is its own, if the model has it. */
  final boolean labelsTokens;

  /**
   * For one model.
   *
   * @param labelled whether labels are read, as for training, or skipped, as for tagging
   */
  public EventFormat(ModelConfig config, EventFields fields, boolean labelled) {
    this.fields = fields;
    this.inputs = config.features() instanceof ModelConfig.Numeric ? config.inputSize() : 0;
    this.labelsEnds = !config.task().equals("tagging");
    this.labelsTokens = config.isLanguageModel();
    Map<String, Integer> rows = new HashMap<>();
    for (String label : config.labels()) {
      rows.put(label, rows.size());
    }
    this.labels = labelled ? rows : null;
  }

  /**
   * Reads one record.
   *
   * @param key of the record, null for none
   * @param value of the record, null for none
   * @param recordTime epoch milliseconds, for events without a time of their own
   * @throws BadEvent naming the field, the rule and the value
   */
  public Event parse(byte[] key, byte[] value, long recordTime) throws BadEvent {
    if (value == null) {
      throw new BadEvent("value: must be a JSON object; found none");
    }
    if (!Utf8.isValid(value)) {
      throw new BadEvent("value: must be UTF-8; found " + Utf8.shown(value));
    }
    try (JsonParser json = JSON.createParser(value)) {
      EventReader event = new EventReader(this, json);
      event.read();
      return event.checked(key, recordTime);
    } catch (IOException broken) {
      throw new BadEvent("value: must be a JSON object; found " + Utf8.shown(value));
    }
  }
}
