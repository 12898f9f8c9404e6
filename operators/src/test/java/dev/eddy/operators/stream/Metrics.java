package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.lang.reflect.Field;
import java.util.Map;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.metrics.groups.AbstractMetricGroup;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;

/** Metrics of an operator on a harness, whose metric group can only be written to. */
final class Metrics {
  private Metrics() {}

  static <M extends Metric> M of(AbstractStreamOperator<?> operator, Class<M> type, String name)
      throws ReflectiveOperationException {
    return assertInstanceOf(type, all(operator).get(name), name);
  }

  /** All metrics of an operator by their names. */
  static Map<?, ?> all(AbstractStreamOperator<?> operator) throws ReflectiveOperationException {
    Field registered = AbstractMetricGroup.class.getDeclaredField("metrics");
    registered.setAccessible(true);
    return (Map<?, ?>) registered.get(operator.getMetricGroup());
  }
}
