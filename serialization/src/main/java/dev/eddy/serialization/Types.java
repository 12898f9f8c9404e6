package dev.eddy.serialization;

import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** Flink's type of every value that travels. The names are in savepoints and never change. */
public final class Types {
  public static final TypeInformation<Event> EVENT =
      new ValueType<>(
          "event",
          Event.class,
          () -> new Event("", null, null, Event.NO_LABEL, 0, true),
          Version1::writeEvent,
          Version1::readEvent);

  public static final TypeInformation<DeadLetter> DEAD_LETTER =
      new ValueType<>(
          "dead-letter",
          DeadLetter.class,
          () -> new DeadLetter(null, null, "", "", 0, 0, 0),
          Version1::writeDeadLetter,
          Version1::readDeadLetter);

  public static final TypeInformation<Received> RECEIVED =
      new ValueType<>(
          "received",
          Received.class,
          () -> new Received(new Event("", null, null, Event.NO_LABEL, 0, true), null),
          Version1::writeReceived,
          Version1::readReceived);

  public static final TypeInformation<Tag> TAG =
      new ValueType<>(
          "tag",
          Tag.class,
          () -> new Tag("", 0, "", 0, 0, 0, null),
          Version1::writeTag,
          Version1::readTag);

  public static final TypeInformation<HiddenState> HIDDEN_STATE =
      new ValueType<>(
          "hidden-state",
          HiddenState.class,
          () -> new HiddenState(0, new float[0]),
          Version1::writeHiddenState,
          Version1::readHiddenState);

  public static final TypeInformation<Window> WINDOW =
      new ValueType<>(
          "window",
          Window.class,
          () -> new Window("", List.of(), false),
          Version1::writeWindow,
          Version1::readWindow);

  public static final TypeInformation<Score> SCORE =
      new ValueType<>(
          "score",
          Score.class,
          () -> new Score("", 0, 0, 0, 0, 0, 0, 0, 0),
          Version1::writeScore,
          Version1::readScore);

  public static final TypeInformation<ModelSnapshot> MODEL_SNAPSHOT =
      new ValueType<>(
          "model-snapshot",
          ModelSnapshot.class,
          Types::emptyModel,
          Version1::writeModelSnapshot,
          Version1::readModelSnapshot);

  public static final TypeInformation<TrainingState> TRAINING_STATE =
      new ValueType<>(
          "training-state",
          TrainingState.class,
          () -> new TrainingState(emptyModel(), new TreeMap<>(), new TreeMap<>(), 0, 0, ""),
          Version1::writeTrainingState,
          Version1::readTrainingState);

  public static final TypeInformation<ModelRecord> MODEL_RECORD =
      new ValueType<>(
          "model-record",
          ModelRecord.class,
          () -> new ModelRecord("", null),
          Version1::writeModelRecord,
          Version1::readModelRecord);

  private static final Map<String, ValueType<?>> BY_NAME =
      Stream.of(
              EVENT,
              DEAD_LETTER,
              RECEIVED,
              TAG,
              HIDDEN_STATE,
              WINDOW,
              SCORE,
              MODEL_SNAPSHOT,
              TRAINING_STATE,
              MODEL_RECORD)
          .map(type -> (ValueType<?>) type)
          .collect(Collectors.toUnmodifiableMap(ValueType::name, Function.identity()));

  private Types() {}

  /** Lets Flink find the type of a value by itself, wherever it meets the class. */
  public static final class Factory extends TypeInfoFactory<Object> {
    @Override
    @SuppressWarnings("unchecked")
    public TypeInformation<Object> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> parameters) {
      return BY_NAME.values().stream()
          .filter(value -> value.getTypeClass() == type)
          .map(value -> (TypeInformation<Object>) (TypeInformation<?>) value)
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("no such value: " + type));
    }
  }

  static Iterable<ValueType<?>> all() {
    return BY_NAME.values();
  }

  /** The type of that name, null for none. */
  static ValueType<?> named(String name) {
    return BY_NAME.get(name);
  }

  private static ModelSnapshot emptyModel() {
    ModelConfig config =
        new ModelConfig(
            "lstm",
            1,
            1,
            1,
            false,
            "tagging",
            List.of("0"),
            new ModelConfig.Numeric(null, null),
            0);
    return new ModelSnapshot("", 0, -1, 0, config, new TreeMap<>());
  }
}
