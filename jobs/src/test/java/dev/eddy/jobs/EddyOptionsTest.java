package dev.eddy.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

class EddyOptionsTest {
  /** Users' files hold these names: none may change or go. */
  private static final Set<String> NAMES =
      Stream.of(
              "delivery",
              "field.end",
              "field.features",
              "field.label",
              "field.sequence",
              "field.time",
              "field.token",
              "generate.length",
              "generate.seed",
              "generate.until",
              "group-id",
              "kafka.bootstrap.servers",
              "max-batch-delay",
              "max-batch-size",
              "model.directory",
              "model.name",
              "model.on-other-shapes",
              "model.take-up",
              "scores",
              "max-sequence-events",
              "start-from",
              "topic.dead-letters",
              "topic.events",
              "topic.labelled",
              "topic.models",
              "topic.scores",
              "topic.tags",
              "training.batch",
              "training.patience",
              "training.clip-norm",
              "training.clip-value",
              "training.l2",
              "training.learning-rate-decay",
              "training.learning-rate-steps",
              "training.momentum",
              "training.optimizer",
              "training.warm-up",
              "training.weight-decay",
              "training.learning-rate",
              "training.publish-every",
              "training.seed",
              "training.threads",
              "training.window")
          .map(name -> "eddy." + name)
          .collect(Collectors.toUnmodifiableSet());

  @Test
  void theNamesAreFixed() {
    List<String> names = EddyOptions.all().stream().map(option -> option.key().key()).toList();
    assertEquals(NAMES, Set.copyOf(names));
    assertEquals(NAMES.size(), names.size());
  }

  @Test
  void everyOptionIsDescribedAndItsDefaultIsAllowed() {
    for (Option<?> option : EddyOptions.all()) {
      assertFalse(option.meaning().isBlank(), option.key().key());
      var configuration = new Configuration();
      if (option.key().hasDefaultValue()) {
        configuration.setString(option.key().key(), option.key().defaultValue().toString());
      }
      assertTrue(option.holdsIn(configuration), option.key().key());
    }
  }

  @Test
  void theDocumentTellsWhatTheCodeSays() throws IOException {
    String rows =
        EddyOptions.all().stream()
            .map(
                option ->
                    "| `%s` | %s | %s | %s |\n"
                        .formatted(
                            option.key().key(),
                            option.defaultText().isEmpty() ? "" : "`" + option.defaultText() + "`",
                            option.meaning(),
                            option.rule()))
            .collect(Collectors.joining());
    String document = Files.readString(Path.of("..", "docs", "options.md"));
    assertTrue(document.contains(rows), "docs/options.md must hold these rows:\n" + rows);
  }
}
