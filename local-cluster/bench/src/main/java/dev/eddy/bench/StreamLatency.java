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

/**
 * From producing an event to its tag's arrival at a consumer, through a Kafka broker in this
 * process, at least once, with a checkpoint each second, at half the rate that the product's job
 * sustains: for that job, and for the same without a network.
 */
final class StreamLatency {
  private static final int RECORD = 1 << 20;

  /** A pause of a tenth of a second decides the p99 of ten: the median of a few counts. */
  private static final int PLAYS = 3;

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
      double[] eddy = play(kafka, flink, Tagger.EDDY, model, Double.NaN);
      double[] floor = play(kafka, flink, Tagger.FLOOR, model, eddy[0] / 2);
      var figures = new LinkedHashMap<String, Double>();
      figures.put("sustained_per_second", eddy[0]);
      figures.put("played_per_second", eddy[0] / 2);
      figures.put("p50_ms", eddy[1]);
      figures.put("p99_ms", eddy[2]);
      figures.put("floor_p50_ms", floor[1]);
      figures.put("floor_p99_ms", floor[2]);
      rows.accept(new StreamRow("latency", of, null, figures, null));
    } finally {
      FileUtils.deleteDirectory(model.toFile());
    }
  }

  /**
   * Plays to a job, first as fast as it goes.
   *
   * @param rate events a second that are played then; NaN for half of those sustained before
   * @return events a second that were sustained, p50 and p99 in milliseconds
   */
  private double[] play(LocalKafka kafka, LocalFlink flink, Tagger tagger, Path model, double rate)
      throws Exception {
    Configuration all = configuration(kafka, tagger, model);
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
      double sustained = play.flat(effort.flat());
      double paced = Double.isNaN(rate) ? sustained / 2 : rate;
      double[] p50 = new double[PLAYS];
      double[] p99 = new double[PLAYS];
      for (int i = 0; i < PLAYS; i++) {
        double[] latencies = play.paced(paced, (int) (paced * effort.playedSeconds()));
        p50[i] = latencies[latencies.length / 2];
        p99[i] = latencies[latencies.length * 99 / 100];
      }
      return new double[] {sustained, Contest.median(p50), Contest.median(p99)};
    } finally {
      job.cancel().get();
      flink.cluster().requestJobResult(job.getJobID()).get();
    }
  }

  private Configuration configuration(LocalKafka kafka, Tagger tagger, Path model)
      throws Exception {
    Configuration all = StreamJobs.configuration(of);
    all.set(EddyOptions.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
    all.set(EddyOptions.GROUP_ID, tagger.name());
    all.set(EddyOptions.DELIVERY, DeliveryGuarantee.AT_LEAST_ONCE);
    all.set(EddyOptions.MODEL_DIRECTORY, model.toString());
    all.set(EddyOptions.TOPIC_EVENTS, tagger.name() + "-events");
    all.set(EddyOptions.TOPIC_TAGS, tagger.name() + "-tags");
    all.set(EddyOptions.TOPIC_MODELS, tagger.name() + "-models");
    all.set(EddyOptions.TOPIC_DEAD_LETTERS, tagger.name() + "-dead-letters");
    kafka.createTopic(tagger.name() + "-events", 1, Map.of());
    kafka.createTopic(tagger.name() + "-tags", 1, Map.of("retention.ms", "-1"));
    kafka.createTopic(tagger.name() + "-models", 1, Map.of("cleanup.policy", "compact"));
    kafka.createTopic(
        tagger.name() + "-dead-letters", 1, Map.of("max.message.bytes", "" + 2 * RECORD));
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
