package dev.eddy.local.demo;

import dev.eddy.jobs.BadConfiguration;
import dev.eddy.jobs.EddyOptions;
import dev.eddy.jobs.KafkaJobs;
import dev.eddy.local.LocalFlink;
import dev.eddy.local.LocalKafka;
import dev.eddy.local.ProgressLine;
import dev.eddy.operators.cell.Initialization;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.model.ModelDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.FileUtils;

/**
 * The tour of the project: a broker, a cluster, model version 0, both jobs, and a corpus played
 * through them. Everything it starts is gone when it ends.
 *
 * @param events to play
 * @param rate events a second at most
 * @param rows of the embedding table
 * @param jobOptions options of the jobs, which win over the demo's own
 */
public record Demo(Dataset dataset, int events, int rate, int rows, Configuration jobOptions) {
  /** What can be played. */
  public enum Dataset {
    brown,
    reber
  }

  private static final int WIDTH = 64;
  private static final int HIDDEN = 128;
  private static final long SEED = 1;
  private static final Duration CHECKPOINTS = Duration.ofMillis(500);

  /** How old what the backlog knows may be. */
  private static final Duration METRICS = Duration.ofMillis(250);

  /**
   * Small network buffers, so that few events are under way when a job is slower than the player.
   */
  private static final MemorySize SEGMENT = MemorySize.parse("4 kb");

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Events from which on the tags have been better than the baseline, of either dataset. */
  private static final int ENOUGH = 100_000;

  /** Events at the end of a pass over a whole corpus that it is judged by. */
  private static final int LAST_EVENTS = 100_000;

  /** Options, or beginnings of them, that the demo decides: its player and reader rely on them. */
  private static final List<String> FIXED =
      Stream.concat(
              Stream.of(
                      EddyOptions.BOOTSTRAP_SERVERS,
                      EddyOptions.GROUP_ID,
                      EddyOptions.START_FROM,
                      EddyOptions.MODEL_DIRECTORY)
                  .map(ConfigOption::key),
              Stream.of(
                  "eddy.topic.",
                  "eddy.field.",
                  "execution.state-recovery.",
                  "execution.savepoint."))
          .toList();

  /**
   * Checks what was asked for.
   *
   * @throws BadConfiguration where the demo cannot be as asked for
   */
  public Demo {
    atLeastOne("--events", events);
    atLeastOne("--rate", rate);
    atLeastOne("--rows", rows);
    for (String key : jobOptions.keySet()) {
      if (FIXED.stream().anyMatch(key::startsWith)) {
        throw new BadConfiguration(key + ": is the demo's own; tag and train take it");
      }
    }
  }

  private static void atLeastOne(String option, int value) {
    if (value < 1) {
      throw new BadConfiguration(option + ": must be at least 1, got " + value);
    }
  }

  /**
   * Plays to the end.
   *
   * @param progress what goes on, for people
   * @param columns of the terminal that shows the progress, 0 where it is none
   */
  public Result run(PrintStream progress, int columns) throws Exception {
    Corpus corpus =
        dataset == Dataset.brown
            ? Corpora.brown(events, SEED, progress)
            : Corpora.reber(events, SEED);
    Play play = Play.of(corpus, events, SEED);
    Path model = Files.createTempDirectory("eddy-model-");
    try {
      ModelDirectory.write(Initialization.fresh("default", config(corpus), SEED), model, true);
      Configuration configuration = configuration(model);
      KafkaJobs.check(configuration);
      return run(corpus, play, configuration, progress, columns);
    } finally {
      FileUtils.deleteDirectory(model.toFile());
    }
  }

  private Result run(
      Corpus corpus, Play play, Configuration configuration, PrintStream progress, int columns)
      throws Exception {
    progress.println("starting Kafka and Flink");
    try (LocalKafka kafka = new LocalKafka();
        LocalFlink flink = new LocalFlink(2 * parallelism(), cluster())) {
      Topics.create(kafka);
      configuration.set(EddyOptions.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
      var tagging = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
      KafkaJobs.tagging(tagging, configuration);
      var training = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
      KafkaJobs.training(training, configuration);
      progress.printf(
          Locale.ROOT,
          "playing %,d events of %,d documents (%s) at %,d/s; until the end Kafka is at %s%n",
          events,
          corpus.documents().size(),
          corpus.name(),
          rate,
          kafka.bootstrapServers());
      Jobs jobs = new Jobs(flink.submit(tagging), flink.submit(training));
      Backlog backlog =
          new Backlog(flink.cluster().getRestAddress().get(), jobs.tagging(), jobs.training());
      return play(corpus, play, kafka.bootstrapServers(), jobs, backlog, progress, columns);
    }
  }

  private record Jobs(JobClient tagging, JobClient training) {}

  private Result play(
      Corpus corpus,
      Play play,
      String brokers,
      Jobs jobs,
      Backlog backlog,
      PrintStream progress,
      int columns)
      throws Exception {
    Tally tally = new Tally();
    try (TopicReader reader = new TopicReader(brokers, tally);
        Player player = new Player(brokers, corpus, play)) {
      long start = System.nanoTime();
      var line = new ProgressLine(progress, columns, new PlayedSoFar(player, tally, events));
      try (line) {
        player.play(rate, backlog);
        backlog.awaitAtMost(0, events, events);
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      drain(jobs.training());
      drain(jobs.tagging());
      Result result = tally.result(corpus.name(), reader.readToTheEnd(PATIENCE));
      progress.printf(
          Locale.ROOT,
          "sustained %,.0f events/s of the %,d/s asked for (%.1f s waiting for the jobs); learned"
              + " predicting %.4f right of the last %,d%n",
          events / seconds,
          rate,
          player.waited() / 1e9,
          tally.trainAccuracy(LAST_EVENTS),
          Math.min(events, LAST_EVENTS));
      if (result.versions() <= 1) {
        progress.printf(
            Locale.ROOT,
            "every tag is of one model version: one is published every %,d labelled events, which"
                + " come %,d later, and taken up at a checkpoint; %s%n",
            jobOptions.get(EddyOptions.PUBLISH_EVERY),
            Player.LABEL_DELAY,
            more());
      } else if (result.accuracy() < result.baseline()) {
        progress.printf(
            Locale.ROOT,
            "the tags are below the baseline: half of them are by a model that had not yet learned"
                + " the last %,d events; %s%n",
            result.modelAge(),
            more());
      }
      return result;
    }
  }

  private String more() {
    return events >= ENOUGH
        ? "play more events"
        : "play more events: --events " + ENOUGH + " is enough";
  }

  /** Ends the input of a job: what it still holds is worked off and committed. */
  private static void drain(JobClient job)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    Path savepoint = Files.createTempDirectory("eddy-savepoint-");
    try {
      job.stopWithSavepoint(true, savepoint.toUri().toString(), SavepointFormatType.NATIVE)
          .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      job.getJobExecutionResult().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } finally {
      FileUtils.deleteDirectory(savepoint.toFile());
    }
  }

  private ModelConfig config(Corpus corpus) {
    return new ModelConfig(
        "lstm",
        WIDTH,
        HIDDEN,
        1,
        false,
        "tagging",
        corpus.labels(),
        new ModelConfig.Text(rows, WIDTH),
        0);
  }

  private int parallelism() {
    return jobOptions.getOptional(CoreOptions.DEFAULT_PARALLELISM).orElse(1);
  }

  private static Configuration cluster() {
    return new Configuration()
        .set(MetricOptions.METRIC_FETCHER_UPDATE_INTERVAL, METRICS)
        .set(TaskManagerOptions.MEMORY_SEGMENT_SIZE, SEGMENT);
  }

  private Configuration configuration(Path model) {
    Configuration all = new Configuration();
    all.set(EddyOptions.MODEL_DIRECTORY, model.toString());
    all.set(CoreOptions.DEFAULT_PARALLELISM, parallelism());
    all.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINTS);
    // what a source has passed on is counted from its start
    all.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    all.addAll(jobOptions);
    return all;
  }
}
