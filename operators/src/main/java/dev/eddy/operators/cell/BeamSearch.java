package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds likely sequences of symbols under a network that says, symbol by symbol, how likely each
 * next one is: of all sequences begun, the few most likely are kept and continued. With one kept it
 * is the greedy search. Of equally likely ones the one begun first, then the lesser symbol, is
 * first.
 *
 * @param <S> what the network carries from one symbol to the next
 */
public final class BeamSearch<S> {
  /** A network that continues sequences. */
  public interface Model<S> {
    /** What follows a symbol in a state. */
    Next<S> next(S state, int symbol);
  }

  /**
   * What follows.
   *
   * @param logProbabilities of each symbol {@code [symbols]}
   */
  public record Next<S>(float[] logProbabilities, S state) {
    public Next {
      Rule.present("beam search", "logProbabilities", logProbabilities);
    }
  }

  /** A sequence, without the symbols that begin and end it, and the log of its probability. */
  public record Found(List<Integer> symbols, double logProbability) {}

  private record Begun<S>(List<Integer> symbols, int last, double logProbability, S state) {}

  private final Model<S> model;
  private final int width;
  private final int end;
  private final int longest;

  /**
   * A search.
   *
   * @param width sequences that are kept, at least 1
   * @param end the symbol that ends a sequence
   * @param longest most symbols of a sequence; one that has as many counts as ended
   */
  public BeamSearch(Model<S> model, int width, int end, int longest) {
    Rule.present("beam search", "model", model);
    if (width < 1 || longest < 1) {
      throw new IllegalArgumentException(
          "beam search: width is " + width + ", longest " + longest + "; must be at least 1");
    }
    this.model = model;
    this.width = width;
    this.end = end;
    this.longest = longest;
  }

  /** The most likely ended sequences that follow a symbol in a state, at most width, best first. */
  public List<Found> search(S state, int first) {
    List<Begun<S>> begun = List.of(new Begun<>(List.of(), first, 0, state));
    List<Found> ended = new ArrayList<>();
    for (int length = 0; length < longest && !begun.isEmpty(); length++) {
      List<Begun<S>> longer = continued(begun);
      begun = new ArrayList<>();
      for (Begun<S> sequence : longer) {
        if (sequence.last == end) {
          ended.add(new Found(sequence.symbols, sequence.logProbability));
        } else {
          begun.add(sequence);
        }
      }
    }
    begun.forEach(sequence -> ended.add(new Found(sequence.symbols, sequence.logProbability)));
    ended.sort(Comparator.comparingDouble((Found found) -> -found.logProbability()));
    return ended.subList(0, Math.min(width, ended.size()));
  }

  /** The width most likely continuations of all. */
  private List<Begun<S>> continued(List<Begun<S>> begun) {
    List<Begun<S>> all = new ArrayList<>();
    for (Begun<S> sequence : begun) {
      Next<S> next = model.next(sequence.state, sequence.last);
      for (int symbol = 0; symbol < next.logProbabilities.length; symbol++) {
        List<Integer> symbols = new ArrayList<>(sequence.symbols);
        if (symbol != end) {
          symbols.add(symbol);
        }
        double logProbability = sequence.logProbability + next.logProbabilities[symbol];
        all.add(new Begun<>(symbols, symbol, logProbability, next.state));
      }
    }
    all.sort(Comparator.comparingDouble((Begun<S> sequence) -> -sequence.logProbability()));
    return all.subList(0, Math.min(width, all.size()));
  }
}
