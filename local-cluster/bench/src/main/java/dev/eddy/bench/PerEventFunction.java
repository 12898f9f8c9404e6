package dev.eddy.bench;

import dev.eddy.serialization.Event;
import dev.eddy.serialization.HiddenState;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.Types;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Tags each event when it comes, as one would without Eddy: reads the state of its sequence, has a
 * network step it, writes it. Without a network it writes a copy of the state: the floor, what
 * Flink itself takes. There a sequence's first state is drawn at random: zeros would be compressed
 * to nothing where a backend writes them down. The peers' networks come from a class path of their
 * own, so that no other job has them.
 */
final class PerEventFunction extends KeyedCoProcessFunction<String, Event, ModelSnapshot, Tag> {
  /** Names the folder of the module that has the peers' networks. */
  static final String PEERS = "eddy.bench.peers";

  /** Once for all jobs: a native library is loaded by one class loader. */
  private static final ClassLoader NETWORKS = networks();

  private final Case of;
  private final int floats;
  private final String type;
  private final boolean scores;
  private transient ValueState<HiddenState> hidden;
  private transient EventStep network;
  private transient String[] labels;
  private transient HiddenState zero;

  /**
   * @param type class of the {@link EventStep}, null for none
   * @param scores whether tags carry the probabilities of all labels
   */
  PerEventFunction(StreamCase of, String type, boolean scores) {
    this.of = of.step(1);
    this.floats = of.stateFloats();
    this.type = type;
    this.scores = scores;
  }

  @Override
  public void open(OpenContext context) throws Exception {
    hidden = getRuntimeContext().getState(new ValueStateDescriptor<>("hidden", Types.HIDDEN_STATE));
    labels = IntStream.range(0, of.labels()).mapToObj(Integer::toString).toArray(String[]::new);
    zero = new HiddenState(0, new float[floats]);
    network = type == null ? null : make(type, of);
  }

  private static ClassLoader networks() {
    ClassLoader own = PerEventFunction.class.getClassLoader();
    String module = System.getProperty(PEERS);
    try {
      String peers = module == null ? null : Jvm.classPath(Path.of(module));
      if (peers == null) {
        return own;
      }
      List<URL> urls = new ArrayList<>();
      for (String path : peers.split(File.pathSeparator, -1)) {
        urls.add(Path.of(path).toUri().toURL());
      }
      return new URLClassLoader(urls.toArray(URL[]::new), own);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static EventStep make(String type, Case of) throws ReflectiveOperationException {
    var made =
        Class.forName(type, true, NETWORKS)
            .asSubclass(EventStep.class)
            .getDeclaredConstructor(Case.class);
    made.setAccessible(true);
    return made.newInstance(of);
  }

  @Override
  public void processElement1(Event event, Context context, Collector<Tag> tags) throws Exception {
    HiddenState known = hidden.value();
    HiddenState state = known == null ? zero : known;
    int label = 0;
    float[] probabilities = null;
    float[] next;
    if (network == null) {
      next = known == null ? drawn(event.sequence()) : known.values().clone();
    } else {
      next = new float[floats];
      probabilities = softmax(network.step(event.features(), state.values(), next));
      for (int i = 1; i < probabilities.length; i++) {
        label = probabilities[i] > probabilities[label] ? i : label;
      }
    }
    hidden.update(new HiddenState(state.steps() + 1, next));
    tags.collect(
        new Tag(
            event.sequence(),
            state.steps(),
            labels[label],
            probabilities == null ? 1 : probabilities[label],
            0,
            event.time(),
            scores ? probabilities : null));
  }

  private float[] drawn(String sequence) {
    SplittableRandom random = new SplittableRandom(sequence.hashCode());
    float[] state = new float[floats];
    for (int i = 0; i < floats; i++) {
      state[i] = (float) random.nextDouble(-1, 1);
    }
    return state;
  }

  /** There is one model. */
  @Override
  public void processElement2(ModelSnapshot model, Context context, Collector<Tag> tags) {}

  private static float[] softmax(float[] logits) {
    float greatest = logits[0];
    for (float logit : logits) {
      greatest = Math.max(greatest, logit);
    }
    float[] probabilities = new float[logits.length];
    float sum = 0;
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = (float) Math.exp(logits[i] - greatest);
      sum += probabilities[i];
    }
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
  }

  @Override
  public void close() {
    if (network != null) {
      network.close();
      network = null;
    }
  }
}
