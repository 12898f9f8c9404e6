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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Both jobs are submitted and cancelled again and again in one cluster, each time with the
 * project's classes in a loader of its own, as on any cluster, and leave nothing behind: neither
 * native memory, nor threads, nor classes.
 */
@ExtendWith(Machine.Shared.class)
final class LeakTest {
  private static final int WARM_UP = 2;
  private static final int CYCLES = 10;
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /** Of what the jobs of one cycle hold: more may not be left of all of them. */
  private static final int FRACTION = 16;

  /**
   * Threads of broker, cluster and JVM whose pools grow and shrink as they please. Of each there
   * may be fewer more than one for every second cycle.
   */
  private static final Pattern POOLS =
      Pattern.compile(
          "[fF]link-.*|.*-io-thread-#|.*-future-thread-#|kafka-scheduler-#|executor-.*"
              + "|ForkJoinPool.*|pool-#-thread-#");

  /** Of 1,300 that both jobs load; the JVM spins six a cycle for calls by reflection. */
  private static final int FEW_CLASSES = 10 * CYCLES;

  /** In a histogram: rank, instances, bytes, class. */
  private static final Pattern LOADERS =
      Pattern.compile("\\d+:\\s+(\\d+)\\s+\\d+\\s+\\S*ChildFirstClassLoader");

  /** Memory that Java code has allocated outside of the heap, arenas for example. */
  private static final Pattern ALLOCATED = Pattern.compile("Other \\(.*committed=(\\d+)");

  @TempDir Path folder;

  @Test
  void cancelledJobsLeaveNothingBehind(Machine machine) throws Exception {
    Stage stage = new Stage(machine.kafka, "leak", 1, Stage.tokens(), folder);
    stage.send(stage.events(), Sequences.tokens(12, 5, 100));
    stage.send(stage.labelled(), Sequences.tokens(12, 20, 1000));
    Configuration run = stage.run("run", 1);
    run.set(PipelineOptions.CLASSPATHS, ownClasses());
    try (TopicLog tags = stage.written(run.get(EddyOptions.TOPIC_TAGS));
        TopicLog scores = stage.written(run.get(EddyOptions.TOPIC_SCORES))) {
      long held = cycles(WARM_UP, machine, run, tags, scores);
      Left warm = Left.now();
      cycles(CYCLES, machine, run, tags, scores);
      long end = System.nanoTime() + DEADLINE.toNanos();
      List<String> more;
      do {
        more = Left.now().moreThan(warm, held / FRACTION);
      } while (!more.isEmpty() && System.nanoTime() < end);
      assertEquals(List.of(), more);
    }
  }

  /** Returns how many bytes of tensors both jobs of the last cycle held. */
  private long cycles(int count, Machine machine, Configuration run, TopicLog tags, TopicLog scores)
      throws Exception {
    long held = 0;
    for (int i = 0; i < count; i++) {
      int tagged = tags.visible().size();
      int scored = scores.visible().size();
      RunningJob tagging =
          RunningJob.submit(machine.flink, KafkaJobs::tagging, Stage.as(run, "tag"));
      RunningJob training =
          RunningJob.submit(machine.flink, KafkaJobs::training, Stage.as(run, "train"));
      tags.until(tagged + 1);
      scores.until(scored + 1);
      List<Class<?>> scopes = scopesOfJobs();
      List<Long> bytes = held(scopes);
      assertEquals(2, bytes.stream().filter(b -> b > 0).count(), () -> "jobs that hold " + bytes);
      held = bytes.stream().mapToLong(b -> b).sum();
      tagging.cancel();
      training.cancel();
      assertTrue(held(scopes).stream().allMatch(b -> b == 0), () -> "left held");
    }
    return held;
  }

  /** The class that counts the bytes of tensors, as each loader of a running job has it. */
  private static List<Class<?>> scopesOfJobs() throws ClassNotFoundException {
    List<Class<?>> scopes = new ArrayList<>();
    for (ClassLoader loader :
        jobThreads().map(Thread::getContextClassLoader).collect(Collectors.toSet())) {
      scopes.add(loader.loadClass(Scope.class.getName()));
    }
    return scopes;
  }

  private static List<Long> held(List<Class<?>> scopes) throws ReflectiveOperationException {
    List<Long> bytes = new ArrayList<>();
    for (Class<?> scope : scopes) {
      bytes.add((Long) scope.getMethod("heldBytes").invoke(null));
    }
    return bytes;
  }

  private static Stream<Thread> jobThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> String.valueOf(thread.getContextClassLoader()).contains("FlinkUserCode"));
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
  private record Left(Map<String, Long> threads, int classes, long nativeBytes) {
    /** When the loaders are gone; each look begins with a full collection. */
    static Left now() throws Exception {
      long end = System.nanoTime() + DEADLINE.toNanos();
      while (loaders() > 0) {
        if (System.nanoTime() > end) {
          fail(
              loaders()
                  + " class loaders of cancelled jobs stay, perhaps with "
                  + jobThreads().map(Thread::getName).toList());
        }
      }
      return new Left(
          Thread.getAllStackTraces().keySet().stream()
              .map(thread -> thread.getName().replaceAll("[0-9a-f]{8,}|[0-9]+", "#"))
              .collect(Collectors.groupingBy(n -> n, TreeMap::new, Collectors.counting())),
          ManagementFactory.getClassLoadingMXBean().getLoadedClassCount(),
          allocated());
    }

    /** What there is more of than there was before, in words. */
    List<String> moreThan(Left before, long fewBytes) {
      List<String> more = new ArrayList<>();
      threads.forEach(
          (name, count) -> {
            long added = count - before.threads.getOrDefault(name, 0L);
            if (added >= (POOLS.matcher(name).matches() ? CYCLES / 2 : 1)) {
              more.add(added + " threads " + name);
            }
          });
      if (classes - before.classes >= FEW_CLASSES) {
        more.add(classes - before.classes + " classes");
      }
      if (nativeBytes - before.nativeBytes >= fewBytes) {
        more.add(nativeBytes - before.nativeBytes + " bytes");
      }
      return more;
    }
  }

  private static long allocated() throws Exception {
    String summary = diagnose("vmNativeMemory", "summary", "scale=B");
    Matcher bytes = ALLOCATED.matcher(summary);
    assertTrue(bytes.find(), () -> "run with -XX:NativeMemoryTracking=summary: " + summary);
    return Long.parseLong(bytes.group(1));
  }

  private static long loaders() throws Exception {
    return LOADERS
        .matcher(diagnose("gcClassHistogram"))
        .results()
        .mapToLong(m -> Long.parseLong(m.group(1)))
        .sum();
  }

  private static String diagnose(String command, String... arguments) throws Exception {
    return (String)
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                command,
                new Object[] {arguments},
                new String[] {String[].class.getName()});
  }
}
