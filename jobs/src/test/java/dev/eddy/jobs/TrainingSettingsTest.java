package dev.eddy.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.stream.TrainingOptions;
import dev.eddy.operators.training.Learning;
import dev.eddy.operators.training.Learning.Algorithm;
import dev.eddy.operators.training.LearningRate;
import dev.eddy.operators.training.LearningRate.Decay;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.model.ModelDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingSettingsTest {
  private static TrainingOptions options(String... flags) {
    return TrainingSettings.of(Settings.load(List.of(flags)));
  }

  @Test
  void withoutOptionsItIsAdamAtAConstantRate() {
    Learning learning = Learning.adam(0.003f, 1);
    TrainingOptions options = options();
    assertEquals(learning.rate(), options.learning().rate());
    assertEquals(Algorithm.ADAM, options.learning().algorithm());
    assertEquals(0, options.learning().l2());
    assertEquals(1, options.learning().clipNorm());
    assertEquals(Float.POSITIVE_INFINITY, options.learning().clipValue());
  }

  @Test
  void everyOptionIsTaken() {
    TrainingOptions options =
        options(
            "--training.window=8",
            "--training.batch=4",
            "--training.patience=3 s",
            "--training.publish-every=77",
            "--training.seed=-5",
            "--training.threads=2",
            "--max-sequence-events=500",
            "--training.optimizer=sgd",
            "--training.momentum=0.75",
            "--training.l2=0.125",
            "--training.learning-rate=0.5",
            "--training.warm-up=10",
            "--training.learning-rate-decay=cosine",
            "--training.learning-rate-steps=1000",
            "--training.clip-norm=2",
            "--training.clip-value=0.25");
    LearningRate rate = new LearningRate(0.5, 10, 1000, Decay.COSINE);
    Learning learning = new Learning(Algorithm.SGD, 0.75f, 0.01f, rate, 0.125f, 2, 0.25f);
    assertEquals(
        new TrainingOptions(8, 4, learning, -5, 77, Duration.ofSeconds(3), 2, 500), options);
    Learning decayed =
        options("--training.optimizer=adamw", "--training.weight-decay=0.5").learning();
    assertEquals(Algorithm.ADAMW, decayed.algorithm());
    assertEquals(0.5f, decayed.weightDecay());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tagging|false|window=65536 training.batch=65536"
            + "|training.window x training.batch of this network is 4294967296",
        "tagging|false|window=513 training.batch=511|",
        "tagging|true|window=65536 training.batch=26|",
        "tagging|true|batch=27" + "|max-sequence-events x training.batch of this network is 270000",
        "classification|true|batch=27"
            + "|max-sequence-events x training.batch of this network is 270000",
        "classification|false|window=513 training.batch=256"
            + "|(2 x training.window - 1) x training.batch of this network is 262400",
        "classification|false|window=512 training.batch=256|",
        "classification|false|window=65536 training.batch=27"
            + "|max-sequence-events x training.batch of this network is 270000",
      })
  void whatFitsInAMiniBatchDependsOnTheModelAndIsCheckedBeforeKafkaIsAsked(
      String task, boolean bidirectional, String flags, String refused, @TempDir Path folder) {
    var config = new ModelConfig("gru", 3, 4, 1, bidirectional, task, List.of("a", "b"), null, 0);
    ModelSnapshot start = Initialization.fresh("default", config, 1);
    ModelDirectory.write(start, folder, true);
    String[] all =
        ("kafka.bootstrap.servers=nowhere.invalid:1 model.directory="
                + folder
                + " training."
                + flags)
            .replaceAll("(^| )", "$1--")
            .split(" ");
    String expected =
        refused == null
            ? "eddy.kafka.*: No resolvable bootstrap urls given in bootstrap.servers;"
                + " eddy.kafka.bootstrap.servers is nowhere.invalid:1"
            : "eddy." + refused + "; must be at most 262144";
    var env = StreamExecutionEnvironment.getExecutionEnvironment();
    assertEquals(
        expected,
        assertThrows(
                BadConfiguration.class, () -> KafkaJobs.training(env, Settings.load(List.of(all))))
            .getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "momentum=0.5|momentum: is for sgd; eddy.training.optimizer is adam",
        "weight-decay=0.1 optimizer=sgd|weight-decay: is for adamw; eddy.training.optimizer is sgd",
        "learning-rate-steps=9|learning-rate-steps: must not be given where"
            + " eddy.training.learning-rate-decay is none",
        "learning-rate-decay=linear|learning-rate-steps: must be given where"
            + " eddy.training.learning-rate-decay is linear",
        "learning-rate-decay=cosine learning-rate-steps=9 warm-up=9|learning-rate-steps is 9,"
            + " eddy.training.warm-up is 9; must be more",
        "optimizer=rmsprop|optimizer: must be one of adam, adamw, sgd, got 'rmsprop'"
            + " (flag --training.optimizer)",
        "optimizer=sgd momentum=1|momentum: must be a number from 0 to below 1, got '1'"
            + " (flag --training.momentum)",
      })
  void whatDoesNotFitTogetherIsRefused(String flags, String message) {
    String[] all = flags.replaceAll("(^| )", "$1--training.").split(" ", -1);
    assertEquals(
        "eddy.training." + message,
        assertThrows(BadConfiguration.class, () -> options(all)).getMessage());
  }
}
