package dev.eddy.operators.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How sequences of different lengths share rows without a wasted one: longest first, and the rows
 * of timestep t are the sequences that still run, under those of timestep t - 1 (PyTorch's
 * PackedSequence).
 */
public final class Packing {
  private final int[] lengths;
  private final int[] offsets;

  /**
   * The packing of sequences of the given lengths.
   *
   * @param lengths {@code [sequences]}, at least one, all positive, never growing
   */
  public Packing(int... lengths) {
    if (lengths.length == 0) {
      throw new IllegalArgumentException("packing: 0 lengths; must be at least 1");
    }
    long rows = 0;
    for (int i = 0; i < lengths.length; i++) {
      rows += lengths[i];
      if (lengths[i] < 1 || lengths[i] > lengths[Math.max(0, i - 1)]) {
        throw new IllegalArgumentException(
            "packing: length " + i + " is " + lengths[i] + "; lengths must be positive and sorted");
      }
    }
    if (rows >= 1 << 30) {
      throw new IllegalArgumentException("packing: " + rows + " rows; must be fewer than 2^30");
    }
    this.lengths = lengths.clone();
    this.offsets = new int[lengths[0] + 1];
    for (int t = 0, n = lengths.length; t < lengths[0]; t++) {
      while (lengths[n - 1] <= t) {
        n--;
      }
      offsets[t + 1] = offsets[t] + n;
    }
  }

  /** In which order sequences of any lengths are packed: of equal ones the first is first. */
  public static int[] longestFirst(int... lengths) {
    return IntStream.range(0, lengths.length)
        .boxed()
        .sorted(Comparator.comparingInt(i -> -lengths[i]))
        .mapToInt(i -> i)
        .toArray();
  }

  public int sequences() {
    return lengths.length;
  }

  /** Timesteps of the longest sequence. */
  public int steps() {
    return offsets.length - 1;
  }

  /** Timesteps of all sequences together. */
  public int rows() {
    return offsets[steps()];
  }

  public int length(int sequence) {
    return lengths[sequence];
  }

  /** Sequences that still run at a timestep: they are the first ones. */
  public int size(int step) {
    return offsets[step + 1] - offsets[step];
  }

  /** The first row of a timestep. */
  public int offset(int step) {
    return offsets[step];
  }

  /** The row of a timestep of a sequence. */
  public int row(int step, int sequence) {
    return offsets[step] + sequence;
  }

  /** The last row of each sequence: of x {@code [rows, m]} {@code [sequences, m]}. */
  public Node last(Tape tape, Node x) {
    Rule.present("packing", "x", x);
    Rule.shape("packing", "x", x, rows(), x.columns());
    List<Node> ends = new ArrayList<>();
    for (int t = steps() - 1, longer = 0; t >= 0; longer = size(t--)) {
      if (size(t) > longer) {
        ends.add(x.rows(row(t, longer), size(t) - longer));
      }
    }
    return Concatenate.rows(tape, ends.toArray(new Node[0]));
  }

  /** The rows of one sequence: of x {@code [rows, m]} {@code [length, m]}. */
  public Node sequence(Tape tape, Node x, int sequence) {
    Rule.present("packing", "x", x);
    if (sequence < 0 || sequence >= sequences()) {
      throw new IllegalArgumentException(
          "packing: sequence " + sequence + "; must be at least 0 and below " + sequences());
    }
    Rule.shape("packing", "x", x, rows(), x.columns());
    Node[] steps = new Node[length(sequence)];
    Arrays.setAll(steps, t -> x.rows(row(t, sequence), 1));
    return Concatenate.rows(tape, steps);
  }
}
