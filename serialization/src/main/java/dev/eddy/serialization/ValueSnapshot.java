package dev.eddy.serialization;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What a savepoint says of the values in it: which value, in which version of its bytes. It stands
 * once per state, so that a value itself carries no version.
 */
public final class ValueSnapshot<T> implements TypeSerializerSnapshot<T> {
  private static final int VERSION = 1;

  private ValueType<T> type;

  /** For Flink, which then reads it. */
  public ValueSnapshot() {}

  ValueSnapshot(ValueType<T> type) {
    this.type = type;
  }

  @Override
  public int getCurrentVersion() {
    return VERSION;
  }

  @Override
  public void writeSnapshot(DataOutputView out) throws IOException {
    out.writeUTF(type.name());
  }

  /**
   * Reads what {@link #writeSnapshot} wrote.
   *
   * @throws IOException for a version or a value that this code does not know
   */
  @Override
  @SuppressWarnings("unchecked")
  public void readSnapshot(int version, DataInputView in, ClassLoader classLoader)
      throws IOException {
    if (version != VERSION) {
      throw new IOException(
          "serializer: stored with version " + version + ", this code reads version " + VERSION);
    }
    String name = in.readUTF();
    type = (ValueType<T>) Types.named(name);
    if (type == null) {
      throw new IOException("serializer: stored value '" + name + "' is unknown to this code");
    }
  }

  @Override
  public TypeSerializer<T> restoreSerializer() {
    return new ValueSerializer<>(type);
  }

  @Override
  public TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(
      TypeSerializerSnapshot<T> stored) {
    return stored instanceof ValueSnapshot<T> that && type.equals(that.type)
        ? TypeSerializerSchemaCompatibility.compatibleAsIs()
        : TypeSerializerSchemaCompatibility.incompatible();
  }
}
