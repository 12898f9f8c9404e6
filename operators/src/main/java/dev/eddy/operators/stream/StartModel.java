package dev.eddy.operators.stream;

import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Types;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.util.InstantiationUtil;

/** The model that a job starts from, as bytes that travel with the job graph. */
final class StartModel implements Serializable {
  private final byte[] bytes;

  StartModel(ModelSnapshot model) {
    try {
      bytes = InstantiationUtil.serializeToByteArray(serializer(), model);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ModelSnapshot read() throws IOException {
    return InstantiationUtil.deserializeFromByteArray(serializer(), bytes);
  }

  private static TypeSerializer<ModelSnapshot> serializer() {
    return Types.MODEL_SNAPSHOT.createSerializer(new SerializerConfigImpl());
  }
}
