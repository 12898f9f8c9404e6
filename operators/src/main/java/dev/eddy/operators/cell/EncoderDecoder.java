package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Concatenate;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Rule;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A sequence of symbols in, another out (Sutskever, Vinyals and Le 2014; Cho et al. 2014): one
 * recurrent layer, the encoder, reads the one, and another, the decoder, says the other, from the
 * state in which the encoder ended. The decoder reads each symbol that was said and gives the
 * probabilities of the next. {@link Translator} runs what was learned.
 *
 * <pre>
 * EncoderDecoder network = new EncoderDecoder(Cell.LSTM, 26, 10, 16, 64, true);
 * for (...) {
 *   tape.reset();
 *   learner.step(tape, network.record(tape, weights, pairs).losses(), 0.01);
 * }
 * </pre>
 *
 * @param sources kinds of symbols that are read, 0 to sources - 1
 * @param targets kinds of symbols that are said, 0 to targets - 1; one more, {@link #edge}, begins
 *     and ends what is said
 * @param width of the embeddings of both
 * @param hidden units of both layers
 * @param attention whether each output looks at all states of the encoder, as {@link Attention} has
 *     it
 */
public record EncoderDecoder(
    Cell cell, int sources, int targets, int width, int hidden, boolean attention)
    implements Serializable {
  /** A sequence of at least one symbol, and what is to be said of it. */
  public record Pair(int[] source, int[] target) {
    public Pair {
      Rule.present("encoder-decoder", "source", source);
      Rule.present("encoder-decoder", "target", target);
    }
  }

  /**
   * A mini-batch of pairs.
   *
   * @param losses {@code [Σ (target length + 1), 1]}: the cross entropy of each symbol and of the
   *     edge that ends them, pair after pair
   * @param shares with attention of each pair {@code [target length + 1, source length]}, otherwise
   *     empty
   */
  public record Recorded(Node losses, List<Node> shares) {}

  /** Sequences of any lengths, packed longest first: sequence i is the one at {@code place[i]}. */
  private record Packed(Packing packing, int[] place, int[] symbols) {
    static Packed of(List<int[]> sequences) {
      int[] lengths = sequences.stream().mapToInt(sequence -> sequence.length).toArray();
      int[] order = Packing.longestFirst(lengths);
      Packing packing = new Packing(Arrays.stream(order).map(i -> lengths[i]).toArray());
      int[] place = new int[order.length];
      int[] symbols = new int[packing.rows()];
      for (int at = 0; at < order.length; at++) {
        place[order[at]] = at;
        for (int t = 0; t < packing.length(at); t++) {
          symbols[packing.row(t, at)] = sequences.get(order[at])[t];
        }
      }
      return new Packed(packing, place, symbols);
    }

    /** Rows for each sequence, in the order of the other. */
    Node inOrderOf(Packed other, Tape tape, Node x) {
      Node[] rows = new Node[place.length];
      for (int i = 0; i < rows.length; i++) {
        rows[other.place[i]] = x.rows(place[i], 1);
      }
      return Concatenate.rows(tape, rows);
    }

    Node sequence(Tape tape, Node x, int i) {
      return packing.sequence(tape, x, place[i]);
    }
  }

  public EncoderDecoder {
    Rule.present("encoder-decoder", "cell", cell);
    if (Math.min(Math.min(sources, targets), Math.min(width, hidden)) < 1) {
      throw new IllegalArgumentException(
          String.format(
              "encoder-decoder: sources %d, targets %d, width %d, hidden %d; must be at least 1",
              sources, targets, width, hidden));
    }
  }

  /** The symbol that begins and ends what is said. */
  public int edge() {
    return targets;
  }

  /**
   * Records the network and its losses, the decoder reading what it should have said (teacher
   * forcing).
   *
   * @param pairs at least one, of any lengths
   */
  public Recorded record(Tape tape, Weights weights, List<Pair> pairs) {
    Rule.present("encoder-decoder", "weights", weights);
    Rule.present("encoder-decoder", "pairs", pairs);
    if (pairs.isEmpty()) {
      throw new IllegalArgumentException("encoder-decoder: 0 pairs; must be at least 1");
    }
    List<int[]> read = new ArrayList<>();
    List<int[]> said = new ArrayList<>();
    for (Pair pair : pairs) {
      Rule.present("encoder-decoder", "pair", pair);
      if (pair.source.length == 0) {
        throw new IllegalArgumentException(
            "encoder-decoder: source has 0 symbols; must be at least 1");
      }
      require("source", pair.source, sources);
      require("target", pair.target, targets);
      read.add(pair.source);
      said.add(IntStream.concat(IntStream.of(edge()), IntStream.of(pair.target)).toArray());
    }
    Packed in = Packed.of(read);
    Packed out = Packed.of(said);
    Recurrent encoder = layer(tape, weights, "encoder", sources, in.packing, in.symbols, null);
    Node h = in.inOrderOf(out, tape, in.packing.last(tape, encoder.h()));
    Node c = cell.hasC() ? in.inOrderOf(out, tape, encoder.cLast()) : null;
    var ended = new CellEquations.State(h, c);
    Recurrent decoder =
        layer(tape, weights, "decoder", targets + 1, out.packing, out.symbols, ended);

    Node[] seen = new Node[pairs.size()];
    List<Node> shares = new ArrayList<>();
    for (int i = 0; i < seen.length; i++) {
      seen[i] = out.sequence(tape, decoder.h(), i);
      if (attention) {
        Attention attended = attend(tape, weights, seen[i], in.sequence(tape, encoder.h(), i));
        shares.add(attended.shares());
        seen[i] = attended.y();
      }
    }
    Node logits = logits(tape, weights, Concatenate.rows(tape, seen));
    int[] next =
        pairs.stream()
            .flatMapToInt(p -> IntStream.concat(IntStream.of(p.target), IntStream.of(edge())))
            .toArray();
    return new Recorded(CrossEntropy.of(tape, logits, next), shares);
  }

  private static void require(String which, int[] symbols, int kinds) {
    for (int symbol : symbols) {
      if (symbol < 0 || symbol >= kinds) {
        throw new IllegalArgumentException(
            "encoder-decoder: " + which + " has symbol " + symbol + "; there are " + kinds);
      }
    }
  }

  /** The encoder or the decoder over packed symbols. */
  Recurrent layer(
      Tape tape,
      Weights weights,
      String name,
      int kinds,
      Packing packing,
      int[] symbols,
      CellEquations.State before) {
    Node x = weights.embedding(tape, name + ".embedding", kinds, width, symbols);
    var forward = Recurrent.Direction.FORWARD;
    return weights.recurrent(tape, name, cell, forward, packing, x, before, hidden);
  }

  /** What one decoder's states see of one encoder's. */
  Attention attend(Tape tape, Weights weights, Node h, Node encoded) {
    return Attention.of(tape, weights, "attention", h, encoded);
  }

  /** Of each next symbol, {@code [n, targets + 1]}. */
  Node logits(Tape tape, Weights weights, Node seen) {
    return weights.affine(tape, "output", seen, targets + 1);
  }
}
