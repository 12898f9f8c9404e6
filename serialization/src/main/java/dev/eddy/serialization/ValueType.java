package dev.eddy.serialization;

import java.io.IOException;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** One travelling value as Flink sees it: atomic, no key, with its own bytes. */
final class ValueType<T> extends TypeInformation<T> {
  interface Writer<T> {
    void write(T value, DataOutputView target) throws IOException;
  }

  interface Reader<T> {
    T read(DataInputView source) throws IOException;
  }

  private final String name;
  private final transient Class<T> typeClass;
  private final transient Supplier<T> empty;
  private final transient Writer<T> writer;
  private final transient Reader<T> reader;

  ValueType(
      String name, Class<T> typeClass, Supplier<T> empty, Writer<T> writer, Reader<T> reader) {
    this.name = name;
    this.typeClass = typeClass;
    this.empty = empty;
    this.writer = writer;
    this.reader = reader;
  }

  String name() {
    return name;
  }

  T empty() {
    return empty.get();
  }

  void write(T value, DataOutputView target) throws IOException {
    writer.write(value, target);
  }

  T read(DataInputView source) throws IOException {
    return reader.read(source);
  }

  /** Only the name travels with a job graph. */
  private Object readResolve() {
    return Objects.requireNonNull(Types.named(name), name);
  }

  @Override
  public ValueSerializer<T> createSerializer(SerializerConfig config) {
    return new ValueSerializer<>(this);
  }

  @Override
  public Class<T> getTypeClass() {
    return typeClass;
  }

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof ValueType;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ValueType<?> that && name.equals(that.name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }
}
