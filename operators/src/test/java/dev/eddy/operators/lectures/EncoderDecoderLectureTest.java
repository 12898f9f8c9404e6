package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.EncoderDecoder;
import dev.eddy.operators.cell.EncoderDecoder.Pair;
import dev.eddy.operators.cell.Translator;
import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.stream.EventNetworkFunction;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Adam;
import dev.eddy.operators.training.Learner;
import dev.eddy.operators.training.LearningRate;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Strings of 3 to 6 symbols are reversed: learned first, then asked for in a job. */
class EncoderDecoderLectureTest {
  private static final List<String> TOKENS = List.of("0", "1", "2", "3", "4");
  private static final long SEED = 1;

  /** Of the strings of a mini-batch, and of those that are asked for. */
  private static final int[] LENGTHS = IntStream.range(0, 50).map(i -> 3 + i % 4).toArray();

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder().setNumberSlotsPerTaskManager(2).build());

  private final Kernel kernel = Kernels.best();
  private final Weights weights = new Weights(kernel, SEED);
  private final Tape tape = new Tape(kernel);
  private final Strings strings = new Strings(SEED, TOKENS.size());

  @AfterEach
  void close() {
    tape.close();
    weights.close();
  }

  @Test
  @DisplayName(
      "L19 encoder-decoder as a job: a sequence in, its reverse out, by greedy and beam search")
  void encoderDecoder() throws Exception {
    EncoderDecoder network = new EncoderDecoder(Cell.LSTM, 5, 5, 8, 32, false);
    learn(network, 800);
    assertReversed(network, strings.unseen(LENGTHS));
  }

  @Test
  @DisplayName("L19 encoder-decoder with attention as a job: each output looks at all of the input")
  void attention() throws Exception {
    EncoderDecoder network = new EncoderDecoder(Cell.GRU, 5, 5, 8, 32, true);
    learn(network, 400);
    List<int[]> unseen = strings.unseen(LENGTHS);
    assertReversed(network, unseen);
    assertMirrored(network, unseen);
  }

  private void learn(EncoderDecoder network, int steps) {
    Learner learner = new Learner(weights, Adam.standard()).clipNorm(1);
    LearningRate rate = new LearningRate(0.01, 50, steps, LearningRate.Decay.COSINE);
    for (int step = 1; step <= steps; step++) {
      List<Pair> pairs = reversals(strings.toLearn(LENGTHS));
      tape.reset();
      learner.step(tape, network.record(tape, weights, pairs).losses(), rate.at(step));
    }
  }

  private static List<Pair> reversals(List<int[]> strings) {
    return strings.stream()
        .map(
            in ->
                new Pair(
                    in, IntStream.range(0, in.length).map(t -> in[in.length - 1 - t]).toArray()))
        .toList();
  }

  /** Output t looks most at the symbol that it says: the t-th from the end. */
  private void assertMirrored(EncoderDecoder network, List<int[]> unseen) {
    tape.reset();
    List<Node> shares = network.record(tape, weights, reversals(unseen)).shares();
    tape.forward();
    int outputs = 0;
    int mirrored = 0;
    for (Node share : shares) {
      int[] at = new int[share.rows()];
      kernel.argmax(share.value(), at);
      for (int t = 0; t < share.columns(); t++) {
        outputs++;
        mirrored += at[t] == share.columns() - 1 - t ? 1 : 0;
      }
    }
    assertTrue(mirrored > 0.95 * outputs, mirrored + " of " + outputs + " outputs");
  }

  private void assertReversed(EncoderDecoder network, List<int[]> unseen) throws Exception {
    List<Event> events = new ArrayList<>();
    Map<String, String> reversed = new TreeMap<>();
    for (int i = 0; i < unseen.size(); i++) {
      for (int symbol : unseen.get(i)) {
        String token = TOKENS.get(symbol);
        events.add(new Event("s" + i, token, null, -1, 0, false));
        reversed.merge("s" + i, token, (before, next) -> next + before);
      }
      events.add(new Event("s" + i, "=", null, -1, 0, true));
    }
    Map<String, float[]> learned = weights.copy();
    for (int beam : new int[] {1, 4}) {
      Map<String, String> said =
          said(
              new EventNetworkFunction(
                  on -> new Translator(on, network, learned, TOKENS, "=", beam, 10)),
              events);
      assertEquals(reversed.keySet(), said.keySet());
      long exact = said.entrySet().stream().filter(reversed.entrySet()::contains).count();
      assertTrue(exact >= 47, exact + " of 50 unseen strings, beam of " + beam);
    }
  }

  /** What a job says of each sequence. */
  @SuppressWarnings("try")
  private static Map<String, String> said(EventNetworkFunction function, List<Event> events)
      throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(2);
    var said =
        env.fromData(Types.EVENT, events.toArray(Event[]::new))
            .setParallelism(1)
            .keyBy(Event::sequence)
            .process(function, EventNetworkFunction.OUTPUT);
    Map<String, String> all = new TreeMap<>();
    try (CloseableIterator<Tuple2<String, float[]>> rows = said.executeAndCollect()) {
      rows.forEachRemaining(row -> all.merge(row.f0, text(row.f1), (one, two) -> one + "|" + two));
    }
    return all;
  }

  private static String text(float[] symbols) {
    StringBuilder text = new StringBuilder();
    for (float symbol : symbols) {
      text.append(TOKENS.get((int) symbol));
    }
    return text.toString();
  }
}
