package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.serialization.Types;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

/** What the operators report is what docs/options.md says that they do. */
@SuppressWarnings("try")
class DocumentedMetricsTest {
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `(tagging|assembler|training)` \\| `(\\w+)` \\|");

  @Test
  void everyMetricIsInTheDocument() throws Exception {
    Map<String, Set<String>> documented =
        ROW.matcher(Files.readString(Path.of("..", "docs", "options.md")))
            .results()
            .collect(
                Collectors.groupingBy(
                    row -> row.group(1),
                    Collectors.mapping(row -> row.group(2), Collectors.toSet())));
    try (TaggingHarness tagging = new TaggingHarness(TaggingHarness.OPTIONS, null);
        TrainingHarness training = new TrainingHarness(null);
        var assembler =
            new OneInputStreamOperatorTestHarness<>(
                new ProcessOperator<>(new ModelAssembler("sample")))) {
      assembler.setup(Types.MODEL_SNAPSHOT.createSerializer(new SerializerConfigImpl()));
      assembler.initializeEmptyState();
      Set<?> flinks = Set.copyOf(Metrics.all(operator(assembler.getOperator())).keySet());
      assembler.open();
      assertEquals(documented.get("assembler"), own(assembler.getOperator(), flinks));
      assertEquals(documented.get("tagging"), own(tagging.harness().getOperator(), flinks));
      assertEquals(documented.get("training"), own(training.harness().getOperator(), flinks));
    }
  }

  /** The names of its metrics without those that Flink gives every operator. */
  private static Set<?> own(Object operator, Set<?> flinks) throws ReflectiveOperationException {
    Set<?> own = new HashSet<>(Metrics.all(operator(operator)).keySet());
    own.removeAll(flinks);
    return own;
  }

  private static AbstractStreamOperator<?> operator(Object operator) {
    return (AbstractStreamOperator<?>) operator;
  }
}
