package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Rule;
import dev.eddy.operators.graph.Softmax;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Tensor;
import dev.eddy.serialization.Event;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs an {@link EncoderDecoder} that has learned: each token is a symbol that is read, and the
 * token that asks is answered by the likeliest sequence that a {@link BeamSearch} finds. It
 * remembers the encoder's state, h and c if any, and with attention also every h so far.
 */
public final class Translator implements EventNetwork {
  private final EncoderDecoder network;
  private final Map<String, Integer> symbols = new HashMap<>();
  private final String ask;
  private final int beam;
  private final int longest;
  private final Weights weights;
  private final Tape reading;
  private final Tape saying;
  private final Step encoder;

  /** Recorded again where attention is to as many states as it was not before. */
  private Step decoder;

  /**
   * A network.
   *
   * @param learned every weight, by name, as {@link Weights#copy} gives them
   * @param tokens of the symbols that are read {@code [sources]}
   * @param ask the token that is none of them
   * @param beam sequences that the search keeps; with 1 it is greedy
   * @param longest most symbols of an answer
   */
  public Translator(
      Kernel kernel,
      EncoderDecoder network,
      Map<String, float[]> learned,
      List<String> tokens,
      String ask,
      int beam,
      int longest) {
    Rule.present("encoder-decoder", "network", network);
    Rule.present("encoder-decoder", "learned", learned);
    Rule.present("encoder-decoder", "tokens", tokens);
    Rule.present("encoder-decoder", "ask", ask);
    if (tokens.size() != network.sources() || tokens.contains(ask)) {
      throw new IllegalArgumentException(
          String.format(
              "encoder-decoder: '%s' asks, %d tokens; must be %d, none of which asks",
              ask, tokens.size(), network.sources()));
    }
    for (String token : tokens) {
      if (symbols.put(token, symbols.size()) != null) {
        throw new IllegalArgumentException(
            "encoder-decoder: token '" + token + "' stands twice; must be different ones");
      }
    }
    this.network = network;
    this.ask = ask;
    this.beam = beam;
    this.longest = longest;
    this.weights = new Weights(kernel, 0);
    this.reading = new Tape(kernel);
    this.saying = new Tape(kernel);
    reading.fixWeights();
    saying.fixWeights();
    try {
      this.encoder = new Step(reading, "encoder", network.sources());
      this.decoder = new Step(saying, 1);
      weights.set(learned);
      if (learned.size() < weights.copy().size()) {
        throw new IllegalArgumentException(
            "encoder-decoder: learned are "
                + learned.keySet()
                + "; must be "
                + weights.copy().keySet());
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** The next symbol of a layer, in a given state, and the state after it. */
  private final class Step {
    private final Tape tape;
    private final int[] symbol = new int[1];
    private final StateRows before;
    private final StateRows after;
    private final Node h;

    /** The encoder's states {@code [attended, H]}, and each next symbol's share, of a decoder. */
    private Node encoded;

    private Node probabilities;

    Step(Tape tape, String name, int kinds) {
      this.tape = tape;
      Node h0 = tape.constant(1, network.hidden());
      Node c0 = network.cell().hasC() ? tape.constant(1, network.hidden()) : null;
      var first = new CellEquations.State(h0, c0);
      Recurrent layer = network.layer(tape, weights, name, kinds, new Packing(1), symbol, first);
      this.h = layer.h();
      this.before = new StateRows(parts(h0, c0));
      this.after = new StateRows(parts(h, layer.cLast()));
    }

    /** The decoder's, beside so many states of the encoder. */
    Step(Tape tape, int attended) {
      this(tape, "decoder", network.targets() + 1);
      encoded = tape.constant(attended, network.hidden());
      Node seen = network.attention() ? network.attend(tape, weights, h, encoded).y() : h;
      probabilities = Softmax.of(tape, network.logits(tape, weights, seen));
    }

    private static List<Tensor> parts(Node h, Node c) {
      return c == null ? List.of(h.value()) : List.of(h.value(), c.value());
    }

    float[] after(float[] state, int next) {
      before.load(0, state);
      symbol[0] = next;
      tape.forward();
      float[] stored = new float[after.size()];
      after.store(0, stored);
      return stored;
    }

    BeamSearch.Next<float[]> next(float[] state, int last) {
      float[] then = after(state, last);
      float[] logs = probabilities.value().get();
      for (int i = 0; i < logs.length; i++) {
        logs[i] = (float) Math.log(logs[i]);
      }
      return new BeamSearch.Next<>(logs, then);
    }
  }

  @Override
  public float[] next(List<float[]> memory, Event event) {
    if (ask.equals(event.token())) {
      List<Integer> said = search(memory).get(0).symbols();
      float[] answer = new float[said.size()];
      for (int i = 0; i < answer.length; i++) {
        answer[i] = said.get(i);
      }
      return answer;
    }
    Integer symbol = symbols.get(event.token());
    if (symbol == null) {
      throw new IllegalArgumentException(
          "encoder-decoder: there is no token '" + event.token() + "'");
    }
    float[] state = encoder.after(memory.isEmpty() ? null : memory.remove(0), symbol);
    memory.add(0, state);
    if (network.attention()) {
      memory.add(Arrays.copyOf(state, network.hidden()));
    }
    return null;
  }

  /** The likeliest sequences that the search finds for what was read, best first. */
  public List<BeamSearch.Found> search(List<float[]> memory) {
    if (memory.isEmpty()) {
      throw new IllegalArgumentException("encoder-decoder: '" + ask + "' asks before a token came");
    }
    if (network.attention()) {
      List<float[]> encoded = memory.subList(1, memory.size());
      if (decoder.encoded.rows() != encoded.size()) {
        saying.reset();
        decoder = new Step(saying, encoded.size());
      }
      for (int s = 0; s < encoded.size(); s++) {
        decoder.encoded.value().setRow(s, encoded.get(s), 0);
      }
    }
    return new BeamSearch<float[]>(decoder::next, beam, network.edge(), longest)
        .search(memory.get(0), network.edge());
  }

  @Override
  public void close() {
    reading.close();
    saying.close();
    weights.close();
  }
}
