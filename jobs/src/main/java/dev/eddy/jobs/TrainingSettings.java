package dev.eddy.jobs;

import dev.eddy.operators.stream.TrainingOptions;
import dev.eddy.operators.training.Learning;
import dev.eddy.operators.training.Learning.Algorithm;
import dev.eddy.operators.training.LearningRate;
import dev.eddy.operators.training.LearningRate.Decay;
import java.util.Locale;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/** What a configuration says of training, checked to fit together. */
final class TrainingSettings {
  private TrainingSettings() {}

  /**
   * @throws BadConfiguration where an option says nothing beside the others
   */
  static TrainingOptions of(Configuration configuration) {
    Learning learning = learning(configuration);
    try {
      return new TrainingOptions(
          configuration.get(EddyOptions.WINDOW),
          configuration.get(EddyOptions.BATCH),
          learning,
          configuration.get(EddyOptions.SEED),
          configuration.get(EddyOptions.PUBLISH_EVERY),
          configuration.get(EddyOptions.PATIENCE),
          configuration.get(EddyOptions.THREADS),
          configuration.get(EddyOptions.MAX_SEQUENCE_EVENTS));
    } catch (IllegalArgumentException e) {
      throw new BadConfiguration(EddyOptions.PREFIX + e.getMessage());
    }
  }

  private static Learning learning(Configuration configuration) {
    Algorithm optimizer = configuration.get(EddyOptions.OPTIMIZER);
    ofOne(configuration, EddyOptions.MOMENTUM, optimizer == Algorithm.SGD, "sgd");
    ofOne(configuration, EddyOptions.WEIGHT_DECAY, optimizer == Algorithm.ADAMW, "adamw");
    return new Learning(
        optimizer,
        configuration.get(EddyOptions.MOMENTUM),
        configuration.get(EddyOptions.WEIGHT_DECAY),
        rate(configuration),
        configuration.get(EddyOptions.L2),
        configuration.get(EddyOptions.CLIP_NORM),
        configuration.getOptional(EddyOptions.CLIP_VALUE).orElse(Float.POSITIVE_INFINITY));
  }

  private static void ofOne(
      Configuration configuration, ConfigOption<?> option, boolean chosen, String optimizer) {
    if (configuration.contains(option) && !chosen) {
      throw new BadConfiguration(
          "%s: is for %s; %s is %s"
              .formatted(
                  option.key(),
                  optimizer,
                  EddyOptions.OPTIMIZER.key(),
                  word(configuration.get(EddyOptions.OPTIMIZER))));
    }
  }

  private static LearningRate rate(Configuration configuration) {
    Decay decay = configuration.get(EddyOptions.LEARNING_RATE_DECAY);
    int warmUp = configuration.get(EddyOptions.WARM_UP);
    int steps = configuration.getOptional(EddyOptions.LEARNING_RATE_STEPS).orElse(0);
    if ((steps > 0) != (decay != Decay.NONE)) {
      throw new BadConfiguration(
          "%s: must %sbe given where %s is %s"
              .formatted(
                  EddyOptions.LEARNING_RATE_STEPS.key(),
                  steps > 0 ? "not " : "",
                  EddyOptions.LEARNING_RATE_DECAY.key(),
                  word(decay)));
    }
    if (steps > 0 && steps <= warmUp) {
      throw new BadConfiguration(
          "%s is %d, %s is %d; must be more"
              .formatted(
                  EddyOptions.LEARNING_RATE_STEPS.key(), steps, EddyOptions.WARM_UP.key(), warmUp));
    }
    return new LearningRate(configuration.get(EddyOptions.LEARNING_RATE), warmUp, steps, decay);
  }

  private static String word(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }
}
