package dev.eddy.local.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.eddy.jobs.EddyOptions;
import dev.eddy.jobs.KafkaJobs;
import dev.eddy.operators.tensor.Scope;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Both jobs are submitted and cancelled again and again in one cluster, and leave nothing behind:
 * neither memory of tensors, nor threads, nor classes.
 */
@ExtendWith(Machine.Shared.class)
final class LeakTest {
  private static final int WARM_UP = 3;
  private static final int CYCLES = 20;
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /** Of one name, below one per cycle: pools of broker, cluster and JVM grow by some. */
  private static final int FEW_THREADS = CYCLES / 2;

  /** Far below what one job loads; the JVM spins some for its own use. */
  private static final int FEW_CLASSES = 200;

  /** In a histogram: rank, instances, bytes, class. */
  private static final Pattern LOADERS =
      Pattern.compile("\\d+:\\s+(\\d+)\\s+\\d+\\s+\\S*ChildFirstClassLoader");

  @TempDir Path folder;

  private final long heldBefore = Scope.heldBytes();

  /**
   * Once with the classes of this JVM, whose tensors can be counted, and once as on a cluster,
   * where every job brings the project's classes in a loader of its own.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void cancelledJobsLeaveNothingBehind(boolean ownLoader, Machine machine) throws Exception {
    Stage stage = new Stage(machine.kafka, "leak-" + ownLoader, 1, Stage.tokens(), folder);
    stage.send(stage.events(), Sequences.tokens(12, 5, 100));
    stage.send(stage.labelled(), Sequences.tokens(12, 20, 1000));
    Configuration run = stage.run("run", 1);
    if (ownLoader) {
      run.set(PipelineOptions.CLASSPATHS, ownClasses());
    }
    try (TopicLog tags = stage.written(run.get(EddyOptions.TOPIC_TAGS));
        TopicLog scores = stage.written(run.get(EddyOptions.TOPIC_SCORES))) {
      cycles(WARM_UP, machine, run, tags, scores);
      Left warm = awaitNoLoaders();
      cycles(CYCLES, machine, run, tags, scores);
      Left after = awaitNoLoaders();
      assertEquals(heldBefore, Scope.heldBytes(), "bytes held");
      after.threads.forEach(
          (name, count) -> {
            long more = count - warm.threads.getOrDefault(name, 0L);
            assertTrue(more < FEW_THREADS, () -> more + " more threads " + name);
          });
      int more = after.classes - warm.classes;
      assertTrue(more < FEW_CLASSES, () -> more + " more classes");
    }
  }

  private void cycles(int count, Machine machine, Configuration run, TopicLog tags, TopicLog scores)
      throws Exception {
    for (int i = 0; i < count; i++) {
      int tagged = tags.toTheEnd().size();
      int scored = scores.toTheEnd().size();
      RunningJob tagging =
          RunningJob.start(machine.flink, KafkaJobs::tagging, Stage.as(run, "tag"));
      RunningJob training =
          RunningJob.start(machine.flink, KafkaJobs::training, Stage.as(run, "train"));
      tags.until(tagged + 1);
      scores.until(scored + 1);
      // what a job holds that brings its own classes is not counted by ours
      assertEquals(run.contains(PipelineOptions.CLASSPATHS), Scope.heldBytes() == heldBefore);
      tagging.cancel();
      training.cancel();
    }
  }

  /** The three modules that run on a cluster, and the JSON library that they bring along. */
  private static List<String> ownClasses() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(
            entry -> entry.matches(".*/(serialization|operators|jobs)/target/.*|.*/jackson-[^/]*"))
        .map(entry -> Path.of(entry).toUri().toString())
        .toList();
  }

  /**
   * What there is.
   *
   * @param threads how many, by their names without digits
   */
  private record Left(Map<String, Long> threads, int classes) {
    static Left now() {
      return new Left(
          Thread.getAllStackTraces().keySet().stream()
              .map(thread -> thread.getName().replaceAll("[0-9a-f]{8,}|[0-9]+", "#"))
              .collect(Collectors.groupingBy(n -> n, TreeMap::new, Collectors.counting())),
          ManagementFactory.getClassLoadingMXBean().getLoadedClassCount());
    }
  }

  /** What is left once the loaders are gone; each look begins with a full collection. */
  private static Left awaitNoLoaders() throws Exception {
    long end = System.nanoTime() + DEADLINE.toNanos();
    while (loaders() > 0) {
      if (System.nanoTime() > end) {
        fail(loaders() + " class loaders of cancelled jobs stay, perhaps with " + pinning());
      }
    }
    return Left.now();
  }

  private static long loaders() throws Exception {
    return LOADERS.matcher(histogram()).results().mapToLong(m -> Long.parseLong(m.group(1))).sum();
  }

  private static List<String> pinning() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> String.valueOf(thread.getContextClassLoader()).contains("FlinkUserCode"))
        .map(Thread::getName)
        .toList();
  }

  private static String histogram() throws Exception {
    return (String)
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "gcClassHistogram",
                new Object[] {new String[0]},
                new String[] {String[].class.getName()});
  }
}
