package dev.eddy.serialization;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/**
 * The bytes of every value, version 1; each writer stands above its reader. Integers are
 * big-endian, floats little-endian in one block, strings as Flink writes them (null allowed).
 */
final class Version1 {
  private static final int TOKEN = 1;
  private static final int FEATURES = 2;
  private static final int LABEL = 4;
  private static final int END = 8;

  /** Floats moved at once: 64 KiB, enough to be fast and small enough to stay in the cache. */
  private static final int BLOCK = 16384;

  private Version1() {}

  static void writeEvent(Event event, DataOutputView out) throws IOException {
    writeString(event.sequence(), out);
    writeTimestep(event, out);
  }

  static Event readEvent(DataInputView in) throws IOException {
    return readTimestep(readString(in), in);
  }

  private static void writeTimestep(Event event, DataOutputView out) throws IOException {
    out.writeByte(
        (event.token() != null ? TOKEN : 0)
            | (event.features() != null ? FEATURES : 0)
            | (event.label() != Event.NO_LABEL ? LABEL : 0)
            | (event.end() ? END : 0));
    out.writeLong(event.time());
    if (event.token() != null) {
      writeString(event.token(), out);
    }
    if (event.features() != null) {
      writeFloats(event.features(), out);
    }
    if (event.label() != Event.NO_LABEL) {
      out.writeInt(event.label());
    }
  }

  private static Event readTimestep(String sequence, DataInputView in) throws IOException {
    int flags = in.readByte();
    long time = in.readLong();
    String token = (flags & TOKEN) != 0 ? readString(in) : null;
    float[] features = (flags & FEATURES) != 0 ? readFloats(in) : null;
    int label = (flags & LABEL) != 0 ? in.readInt() : Event.NO_LABEL;
    return new Event(sequence, token, features, label, time, (flags & END) != 0);
  }

  static void writeWindow(Window window, DataOutputView out) throws IOException {
    writeString(window.sequence(), out);
    out.writeBoolean(window.end());
    out.writeInt(window.events().size());
    for (Event event : window.events()) {
      writeTimestep(event, out);
    }
  }

  static Window readWindow(DataInputView in) throws IOException {
    String sequence = readString(in);
    boolean end = in.readBoolean();
    int size = in.readInt();
    List<Event> events = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      events.add(readTimestep(sequence, in));
    }
    return new Window(sequence, events, end);
  }

  static void writeDeadLetter(DeadLetter letter, DataOutputView out) throws IOException {
    writeBytes(letter.key(), out);
    writeBytes(letter.value(), out);
    writeString(letter.reason(), out);
    writeString(letter.topic(), out);
    out.writeInt(letter.partition());
    out.writeLong(letter.offset());
    out.writeLong(letter.timestamp());
  }

  static DeadLetter readDeadLetter(DataInputView in) throws IOException {
    return new DeadLetter(
        readBytes(in),
        readBytes(in),
        readString(in),
        readString(in),
        in.readInt(),
        in.readLong(),
        in.readLong());
  }

  static void writeReceived(Received received, DataOutputView out) throws IOException {
    out.writeBoolean(received.event() != null);
    if (received.event() != null) {
      writeEvent(received.event(), out);
    } else {
      writeDeadLetter(received.deadLetter(), out);
    }
  }

  static Received readReceived(DataInputView in) throws IOException {
    return in.readBoolean()
        ? new Received(readEvent(in), null)
        : new Received(null, readDeadLetter(in));
  }

  static void writeTag(Tag tag, DataOutputView out) throws IOException {
    writeString(tag.sequence(), out);
    out.writeLong(tag.index());
    writeString(tag.tag(), out);
    out.writeFloat(tag.probability());
    out.writeLong(tag.modelVersion());
    out.writeLong(tag.time());
    out.writeBoolean(tag.scores() != null);
    if (tag.scores() != null) {
      writeFloats(tag.scores(), out);
    }
  }

  static Tag readTag(DataInputView in) throws IOException {
    return new Tag(
        readString(in),
        in.readLong(),
        readString(in),
        in.readFloat(),
        in.readLong(),
        in.readLong(),
        in.readBoolean() ? readFloats(in) : null);
  }

  static void writeHiddenState(HiddenState state, DataOutputView out) throws IOException {
    out.writeLong(state.steps());
    writeFloats(state.values(), out);
  }

  static HiddenState readHiddenState(DataInputView in) throws IOException {
    return new HiddenState(in.readLong(), readFloats(in));
  }

  static void writeScore(Score score, DataOutputView out) throws IOException {
    writeString(score.model(), out);
    out.writeLong(score.batch());
    out.writeInt(score.events());
    out.writeInt(score.correct());
    out.writeLong(score.totalEvents());
    out.writeDouble(score.loss());
    out.writeDouble(score.gradientNorm());
    out.writeLong(score.time());
    out.writeLong(score.modelVersion());
  }

  static Score readScore(DataInputView in) throws IOException {
    return new Score(
        readString(in),
        in.readLong(),
        in.readInt(),
        in.readInt(),
        in.readLong(),
        in.readDouble(),
        in.readDouble(),
        in.readLong(),
        in.readLong());
  }

  static void writeModelSnapshot(ModelSnapshot model, DataOutputView out) throws IOException {
    writeString(model.name(), out);
    out.writeLong(model.version());
    out.writeLong(model.parent());
    out.writeLong(model.steps());
    writeBytes(ConfigJson.compact(model.config()).getBytes(StandardCharsets.UTF_8), out);
    writeTensors(model.tensors(), out);
  }

  static ModelSnapshot readModelSnapshot(DataInputView in) throws IOException {
    return new ModelSnapshot(
        readString(in),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        ConfigJson.read(readBytes(in)),
        readTensors(in));
  }

  static void writeTrainingState(TrainingState state, DataOutputView out) throws IOException {
    writeModelSnapshot(state.model(), out);
    writeTensors(state.firstMoments(), out);
    writeTensors(state.secondMoments(), out);
    out.writeLong(state.optimizerSteps());
    out.writeLong(state.random());
    writeString(state.kernel(), out);
  }

  static TrainingState readTrainingState(DataInputView in) throws IOException {
    return new TrainingState(
        readModelSnapshot(in),
        readTensors(in),
        readTensors(in),
        in.readLong(),
        in.readLong(),
        readString(in));
  }

  static void writeModelRecord(ModelRecord part, DataOutputView out) throws IOException {
    writeString(part.key(), out);
    writeBytes(part.value(), out);
  }

  static ModelRecord readModelRecord(DataInputView in) throws IOException {
    return new ModelRecord(readString(in), readBytes(in));
  }

  private static void writeTensors(SortedMap<String, float[]> tensors, DataOutputView out)
      throws IOException {
    out.writeInt(tensors.size());
    for (Map.Entry<String, float[]> tensor : tensors.entrySet()) {
      writeString(tensor.getKey(), out);
      writeFloats(tensor.getValue(), out);
    }
  }

  private static SortedMap<String, float[]> readTensors(DataInputView in) throws IOException {
    int size = in.readInt();
    SortedMap<String, float[]> tensors = new TreeMap<>();
    for (int i = 0; i < size; i++) {
      tensors.put(readString(in), readFloats(in));
    }
    return tensors;
  }

  private static void writeFloats(float[] values, DataOutputView out) throws IOException {
    out.writeInt(values.length);
    byte[] block = new byte[Float.BYTES * Math.min(BLOCK, values.length)];
    ByteBuffer bytes = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < values.length; from += BLOCK) {
      int count = Math.min(BLOCK, values.length - from);
      bytes.asFloatBuffer().put(values, from, count);
      out.write(block, 0, Float.BYTES * count);
    }
  }

  private static float[] readFloats(DataInputView in) throws IOException {
    float[] values = new float[in.readInt()];
    byte[] block = new byte[Float.BYTES * Math.min(BLOCK, values.length)];
    ByteBuffer bytes = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < values.length; from += BLOCK) {
      int count = Math.min(BLOCK, values.length - from);
      in.readFully(block, 0, Float.BYTES * count);
      bytes.asFloatBuffer().get(values, from, count);
    }
    return values;
  }

  private static void writeBytes(byte[] bytes, DataOutputView out) throws IOException {
    out.writeInt(bytes == null ? -1 : bytes.length);
    if (bytes != null) {
      out.write(bytes);
    }
  }

  private static byte[] readBytes(DataInputView in) throws IOException {
    int length = in.readInt();
    if (length < 0) {
      return null;
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  private static void writeString(String text, DataOutputView out) throws IOException {
    StringValue.writeString(text, out);
  }

  private static String readString(DataInputView in) throws IOException {
    return StringValue.readString(in);
  }
}
