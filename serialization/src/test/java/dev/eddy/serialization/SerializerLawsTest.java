package dev.eddy.serialization;

import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SerializerTestBase;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.testutils.DeeplyEqualsChecker;
import org.junit.jupiter.api.Nested;

/** Flink's own laws of serializers, for every value. */
class SerializerLawsTest {
  abstract static class Laws<T> extends SerializerTestBase<T> {
    private final TypeInformation<T> type;

    Laws(TypeInformation<T> type) {
      super(
          new DeeplyEqualsChecker()
              .withCustomCheck(
                  (left, right) -> left instanceof Record && right instanceof Record,
                  (left, right, checker) -> DeepEquals.test(left, right)));
      this.type = type;
    }

    @Override
    protected TypeSerializer<T> createSerializer() {
      return type.createSerializer(new SerializerConfigImpl());
    }

    @Override
    protected int getLength() {
      return -1;
    }

    @Override
    protected Class<T> getTypeClass() {
      return type.getTypeClass();
    }

    @Override
    @SuppressWarnings("unchecked")
    protected T[] getTestData() {
      return (T[]) Samples.all().get(type);
    }
  }

  @Nested
  class EventLaws extends Laws<Event> {
    EventLaws() {
      super(Types.EVENT);
    }
  }

  @Nested
  class DeadLetterLaws extends Laws<DeadLetter> {
    DeadLetterLaws() {
      super(Types.DEAD_LETTER);
    }
  }

  @Nested
  class ReceivedLaws extends Laws<Received> {
    ReceivedLaws() {
      super(Types.RECEIVED);
    }
  }

  @Nested
  class TagLaws extends Laws<Tag> {
    TagLaws() {
      super(Types.TAG);
    }
  }

  @Nested
  class HiddenStateLaws extends Laws<HiddenState> {
    HiddenStateLaws() {
      super(Types.HIDDEN_STATE);
    }
  }

  @Nested
  class WindowLaws extends Laws<Window> {
    WindowLaws() {
      super(Types.WINDOW);
    }
  }

  @Nested
  class ScoreLaws extends Laws<Score> {
    ScoreLaws() {
      super(Types.SCORE);
    }
  }

  @Nested
  class ModelSnapshotLaws extends Laws<ModelSnapshot> {
    ModelSnapshotLaws() {
      super(Types.MODEL_SNAPSHOT);
    }
  }

  @Nested
  class TrainingStateLaws extends Laws<TrainingState> {
    TrainingStateLaws() {
      super(Types.TRAINING_STATE);
    }
  }

  @Nested
  class ModelRecordLaws extends Laws<ModelRecord> {
    ModelRecordLaws() {
      super(Types.MODEL_RECORD);
    }
  }
}
