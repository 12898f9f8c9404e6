package dev.eddy.operators.stream;

import dev.eddy.operators.cell.Stepper;
import dev.eddy.operators.graph.Generator;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.Tag;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Goes on after the end of sequences by a language model's own predictions: each tag is the token
 * of the next event. What is drawn depends on the seed, the sequence and the index alone, so a
 * replay draws the same.
 */
final class Generation {
  private final ServingModels<Stepper> models;
  private final TaggingOptions options;

  Generation(ServingModels<Stepper> models, TaggingOptions options) {
    this.models = models;
    this.options = options;
  }

  /**
   * The tags that follow the events with which sequences end, by the positions of these: until
   * there are enough, or the one that ends all, or no numbers. The rows of the network are used up.
   *
   * @param ended the rows of a bundle, each stepped to its end
   * @param tags of the bundle, by position
   */
  Map<Integer, List<Tag>> after(Bundle bundle, List<Bundle.Row> ended, Tag[] tags) {
    Map<Integer, List<Tag>> said = new LinkedHashMap<>();
    if (options.generate().length() == 0) {
      return said;
    }
    Stepper stepper = models.network();
    List<Tag> last = new ArrayList<>();
    BitSet going = new BitSet();
    for (int row = 0; row < ended.size() && ended.get(row).steps() > 0; row++) {
      int position = ended.get(row).position(ended.get(row).steps() - 1);
      if (bundle.arrival(position).getValue().end() && tags[position] != null) {
        float[] state = new float[stepper.stateSize()];
        stepper.store(row, state);
        stepper.load(last.size(), state);
        going.set(last.size(), goesOn(tags[position]));
        last.add(tags[position]);
        said.put(position, new ArrayList<>());
      }
    }
    List<List<Tag>> texts = List.copyOf(said.values());
    int rows = last.size();
    for (int n = 0; n < options.generate().length() && !going.isEmpty(); n++) {
      for (int row = 0; row < rows; row++) {
        stepper.input(row, word(last.get(row)));
      }
      stepper.step(rows);
      for (int row = going.nextSetBit(0); row >= 0; row = going.nextSetBit(row + 1)) {
        Event event = word(last.get(row));
        long index = last.get(row).index() + 1;
        float[] scores = new float[models.active().config().labels().size()];
        stepper.scores(row, scores);
        Tag tag = models.tag(event, index, scores, label(stepper.label(row), scores, event, index));
        if (tag != null) {
          texts.get(row).add(tag);
          last.set(row, tag);
        }
        going.set(row, tag != null && goesOn(tag));
      }
    }
    return said;
  }

  private boolean goesOn(Tag tag) {
    return !tag.tag().equals(options.generate().until());
  }

  private static Event word(Tag tag) {
    return new Event(tag.sequence(), tag.tag(), null, Event.NO_LABEL, tag.time(), false);
  }

  /**
   * The label of an event that something is generated after, or that is generated.
   *
   * @param likeliest the most probable label
   * @param scores {@code [labels]}
   */
  int label(int likeliest, float[] scores, Event event, long index) {
    TaggingOptions.Generate generate = options.generate();
    if (generate.length() == 0 || generate.seed() == null) {
      return likeliest;
    }
    long sequence = new Generator(generate.seed() ^ event.sequence().hashCode()).nextLong();
    double rest = new Generator(sequence + index).uniform();
    for (int label = 0; label < scores.length; label++) {
      rest -= scores[label];
      if (rest < 0) {
        return label;
      }
    }
    return likeliest;
  }
}
