package dev.eddy.serialization;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Equality of records by what is in them, arrays too, floats by their bits. */
public final class DeepEquals {
  private DeepEquals() {}

  public static boolean test(Object left, Object right) {
    if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
      return test(List.copyOf(a.keySet()), List.copyOf(b.keySet()))
          && test(List.copyOf(a.values()), List.copyOf(b.values()));
    }
    if (left instanceof List<?> a && right instanceof List<?> b) {
      boolean equal = a.size() == b.size();
      for (int i = 0; equal && i < a.size(); i++) {
        equal = test(a.get(i), b.get(i));
      }
      return equal;
    }
    if (left instanceof Record a && right instanceof Record b && a.getClass() == b.getClass()) {
      return test(components(a), components(b));
    }
    return Objects.deepEquals(left, right);
  }

  private static List<Object> components(Record value) {
    try {
      List<Object> components = new ArrayList<>();
      for (RecordComponent component : value.getClass().getRecordComponents()) {
        components.add(component.getAccessor().invoke(value));
      }
      return components;
    } catch (ReflectiveOperationException unreadable) {
      throw new LinkageError(unreadable.getMessage(), unreadable);
    }
  }
}
