package dev.eddy.bench;

import dev.eddy.jobs.EddyOptions;
import dev.eddy.jobs.KafkaJobs;
import dev.eddy.local.LocalFlink;
import dev.eddy.local.LocalKafka;
import dev.eddy.serialization.Received;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.json.EventFields;
import dev.eddy.serialization.json.EventFormat;
import dev.eddy.serialization.kafka.EventDeserializer;
import dev.eddy.serialization.kafka.TagSerializer;
import dev.eddy.serialization.model.ModelDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.FileUtils;
import org.apache.flink.util.function.FunctionWithException;

/**
 * From producing an event to its tag's arrival at a consumer, through a Kafka broker in this
 * process, at least once, with a checkpoint each second, at half the rate that the product's job
 * sustains: for that job and for the same without a network in turn, one alone at a time.
 */
final class StreamLatency {
  private static final int RECORD = 1 << 20;

  /** A pause of a tenth of a second decides the p99 of ten: the median of a few counts. */
  private static final int PLAYS = 3;

  private static final List<Tagger> TURNS = List.of(Tagger.EDDY, Tagger.FLOOR);

  private final StreamEffort effort;
  private final StreamCase of;

  StreamLatency(StreamEffort effort) {
    this.effort = effort;
    this.of = effort.usual().checkpointed("hashmap");
  }

  void measure(Consumer<StreamRow> rows) throws Exception {
    Path model = Files.createTempDirectory("eddy-bench-model-");
    try (LocalKafka kafka = new LocalKafka();
        LocalFlink flink = new LocalFlink(1)) {
      ModelDirectory.write(of.model(), model, true);
      double sustained =
          play(kafka, flink, Tagger.EDDY, "flat", model, play -> play.flat(effort.flat()));
      // it is as warm as Eddy when the turns begin
      play(kafka, flink, Tagger.FLOOR, "flat", model, play -> play.flat(effort.flat()));
      double rate = sustained / 2;
      Map<String, double[]> p50 = new LinkedHashMap<>();
      Map<String, double[]> p99 = new LinkedHashMap<>();
      for (int i = 0; i < PLAYS; i++) {
        for (Tagger turn : TURNS) {
          double[] latencies =
              play(kafka, flink, turn, "paced-" + i, model, play -> paced(play, rate));
          p50.computeIfAbsent(turn.name(), any -> new double[PLAYS])[i] =
              latencies[latencies.length / 2];
          p99.computeIfAbsent(turn.name(), any -> new double[PLAYS])[i] =
              latencies[latencies.length * 99 / 100];
        }
      }
      var figures = new LinkedHashMap<String, Double>();
      figures.put("sustained_per_second", sustained);
      figures.put("played_per_second", rate);
      figures.put("p50_ms", Contest.median(p50.get(Tagger.EDDY.name())));
      figures.put("p99_ms", Contest.median(p99.get(Tagger.EDDY.name())));
      figures.put("floor_p50_ms", Contest.median(p50.get(Tagger.FLOOR.name())));
      figures.put("floor_p99_ms", Contest.median(p99.get(Tagger.FLOOR.name())));
      rows.accept(new StreamRow("latency", of, null, figures, null));
    } finally {
      FileUtils.deleteDirectory(model.toFile());
    }
  }

  /** Latencies at a rate, once every sequence has its state and the job has caught up. */
  private double[] paced(KafkaPlay play, double rate) throws Exception {
    play.flat(2 * of.keys());
    return play.paced(rate, (int) (rate * effort.playedSeconds()));
  }

  /**
   * Plays to a job that runs for it alone.
   *
   * @param name no other's of that tagger
   */
  private <T> T play(
      LocalKafka kafka,
      LocalFlink flink,
      Tagger tagger,
      String name,
      Path model,
      FunctionWithException<KafkaPlay, T, Exception> piece)
      throws Exception {
    Configuration all = configuration(kafka, tagger.name() + "-" + name, model);
    var env = StreamExecutionEnvironment.getExecutionEnvironment(all);
    if (tagger.equals(Tagger.EDDY)) {
      KafkaJobs.tagging(env, all);
    } else {
      StreamJobs.define(env, of, tagger, false, events(all), tags(all));
    }
    JobClient job = flink.submit(env);
    try (KafkaPlay play =
        new KafkaPlay(
            kafka.bootstrapServers(),
            all.get(EddyOptions.TOPIC_EVENTS),
            all.get(EddyOptions.TOPIC_TAGS),
            of.keys())) {
      return piece.apply(play);
    } finally {
      job.cancel().get();
      flink.cluster().requestJobResult(job.getJobID()).get();
    }
  }

  private Configuration configuration(LocalKafka kafka, String name, Path model) throws Exception {
    Configuration all = StreamJobs.configuration(of);
    all.set(EddyOptions.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
    all.set(EddyOptions.GROUP_ID, name);
    all.set(EddyOptions.DELIVERY, DeliveryGuarantee.AT_LEAST_ONCE);
    all.set(EddyOptions.MODEL_DIRECTORY, model.toString());
    all.set(EddyOptions.TOPIC_EVENTS, name + "-events");
    all.set(EddyOptions.TOPIC_TAGS, name + "-tags");
    all.set(EddyOptions.TOPIC_MODELS, name + "-models");
    all.set(EddyOptions.TOPIC_DEAD_LETTERS, name + "-dead-letters");
    kafka.createTopic(name + "-events", 1, Map.of());
    kafka.createTopic(name + "-tags", 1, Map.of("retention.ms", "-1"));
    kafka.createTopic(name + "-models", 1, Map.of("cleanup.policy", "compact"));
    kafka.createTopic(name + "-dead-letters", 1, Map.of("max.message.bytes", "" + 2 * RECORD));
    return all;
  }

  private Source<Received, ?, ?> events(Configuration all) {
    var format = new EventFormat(of.model().config(), EventFields.DEFAULT, false);
    return KafkaSource.<Received>builder()
        .setBootstrapServers(all.get(EddyOptions.BOOTSTRAP_SERVERS))
        .setGroupId(all.get(EddyOptions.GROUP_ID))
        .setTopics(all.get(EddyOptions.TOPIC_EVENTS))
        .setStartingOffsets(OffsetsInitializer.earliest())
        .setProperty("isolation.level", "read_committed")
        .setDeserializer(new EventDeserializer(format, RECORD))
        .build();
  }

  private static Sink<Tag> tags(Configuration all) {
    return KafkaSink.<Tag>builder()
        .setBootstrapServers(all.get(EddyOptions.BOOTSTRAP_SERVERS))
        .setRecordSerializer(new TagSerializer(all.get(EddyOptions.TOPIC_TAGS)))
        .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
        .build();
  }
}
