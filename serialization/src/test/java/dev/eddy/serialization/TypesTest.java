package dev.eddy.serialization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes of version 1, as they were first written, and what finds them. */
class TypesTest {
  static Stream<TypeInformation<?>> types() {
    return Samples.all().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("types")
  <T> void bytesOfVersion1AreReadAndWrittenForEver(TypeInformation<T> type) throws IOException {
    byte[] stored = stored(type);
    DataInputDeserializer in = new DataInputDeserializer(stored);
    TypeSerializer<T> serializer =
        TypeSerializerSnapshot.<T>readVersionedSnapshot(in, getClass().getClassLoader())
            .restoreSerializer();
    for (Object sample : Samples.all().get(type)) {
      assertTrue(DeepEquals.test(sample, serializer.deserialize(in)), sample::toString);
    }
    assertEquals(0, in.available());
    assertArrayEquals(stored, written(type));
  }

  @ParameterizedTest
  @MethodSource("types")
  void flinkFindsTheTypeByTheClass(TypeInformation<?> type) throws Exception {
    assertEquals(type, TypeInformation.of(type.getTypeClass()));
    assertEquals(type, InstantiationUtil.clone(type));
    assertEquals(type.getTypeClass(), InstantiationUtil.clone(type).getTypeClass());
  }

  @Test
  void everyTypeHasSamples() {
    for (ValueType<?> type : Types.all()) {
      assertTrue(Samples.all().containsKey(type), type::toString);
    }
  }

  @Test
  void aLaterVersionIsRefused() {
    DataInputDeserializer in = new DataInputDeserializer(new byte[0]);
    assertEquals(
        "serializer: stored with version 2, this code reads version 1",
        assertThrows(IOException.class, () -> new ValueSnapshot<>().readSnapshot(2, in, null))
            .getMessage());
  }

  @Test
  void anUnknownValueIsRefused() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    out.writeUTF("tree");
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    assertEquals(
        "serializer: stored value 'tree' is unknown to this code",
        assertThrows(IOException.class, () -> new ValueSnapshot<>().readSnapshot(1, in, null))
            .getMessage());
  }

  @Test
  void anotherValueIsIncompatible() {
    SerializerConfigImpl config = new SerializerConfigImpl();
    ValueSnapshot<?> tag =
        ((ValueType<?>) Types.TAG).createSerializer(config).snapshotConfiguration();
    assertTrue(incompatible(tag, ((ValueType<?>) Types.SCORE).createSerializer(config)));
  }

  @SuppressWarnings("unchecked")
  private static <T> boolean incompatible(ValueSnapshot<T> snapshot, ValueSerializer<?> other) {
    return snapshot
        .resolveSchemaCompatibility((TypeSerializerSnapshot<T>) other.snapshotConfiguration())
        .isIncompatible();
  }

  @Test
  void aHiddenStateIsFourBytesPerFloatAndAtMost24() throws IOException {
    for (int size : new int[] {0, 1, 256, 16384, 16385, 100_000}) {
      DataOutputSerializer out = new DataOutputSerializer(64);
      Types.HIDDEN_STATE
          .createSerializer(new SerializerConfigImpl())
          .serialize(new HiddenState(Long.MAX_VALUE, new float[size]), out);
      assertTrue(out.length() <= 4 * size + 24, size + " floats: " + out.length() + " bytes");
    }
  }

  private static byte[] stored(TypeInformation<?> type) throws IOException {
    String name = "version-1/" + type + ".bin";
    try (InputStream in = TypesTest.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new AssertionError(name + " is missing: a new value needs its bytes stored");
      }
      return in.readAllBytes();
    }
  }

  @SuppressWarnings("unchecked")
  private static <T> byte[] written(TypeInformation<T> type) throws IOException {
    TypeSerializer<T> serializer = type.createSerializer(new SerializerConfigImpl());
    DataOutputSerializer out = new DataOutputSerializer(1024);
    TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration());
    for (Object sample : Samples.all().get(type)) {
      serializer.serialize((T) sample, out);
    }
    return out.getCopyOfBuffer();
  }

  /** Stores the bytes of a value that has none yet; never overwrites. */
  public static void main(String[] folder) throws IOException {
    for (TypeInformation<?> type : Samples.all().keySet()) {
      Path file = Path.of(folder[0], type + ".bin");
      if (!Files.exists(file)) {
        Files.write(file, written(type));
      }
    }
  }
}
