package dev.eddy.serialization;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The serializer of every travelling value. Values are immutable, and the arrays in them are never
 * written to after construction, so a copy is the value itself.
 */
final class ValueSerializer<T> extends TypeSerializer<T> {
  private final ValueType<T> type;

  ValueSerializer(ValueType<T> type) {
    this.type = type;
  }

  @Override
  public void serialize(T value, DataOutputView target) throws IOException {
    type.write(value, target);
  }

  @Override
  public T deserialize(DataInputView source) throws IOException {
    return type.read(source);
  }

  @Override
  public T deserialize(T reuse, DataInputView source) throws IOException {
    return type.read(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    type.write(type.read(source), target);
  }

  @Override
  public boolean isImmutableType() {
    return true;
  }

  @Override
  public T copy(T from) {
    return from;
  }

  @Override
  public T copy(T from, T reuse) {
    return from;
  }

  @Override
  public T createInstance() {
    return type.empty();
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public TypeSerializer<T> duplicate() {
    return this;
  }

  @Override
  public ValueSnapshot<T> snapshotConfiguration() {
    return new ValueSnapshot<>(type);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ValueSerializer<?> that && type.equals(that.type);
  }

  @Override
  public int hashCode() {
    return type.hashCode();
  }
}
