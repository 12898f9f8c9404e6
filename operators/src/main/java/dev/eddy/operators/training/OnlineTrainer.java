package dev.eddy.operators.training;

import dev.eddy.operators.cell.Network;
import dev.eddy.operators.cell.WarmUp;
import dev.eddy.operators.graph.EmbeddingTable;
import dev.eddy.operators.graph.Generator;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.TrainingState;
import dev.eddy.serialization.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns from mini-batches of windows by truncated back-propagation through time: the state that a
 * window hands to the next of its sequence is carried, the gradient is not.
 *
 * <p>One mini-batch: run forward with the weights as they are, without dropout, score that, then
 * (with dropout, forward once more) take the gradient of the mean cross entropy of its labelled
 * events and step as {@link Learning} says. Events without a label step the state and carry no
 * loss.
 */
public final class OnlineTrainer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OnlineTrainer.class);

  /**
   * What a user chooses.
   *
   * @param window most events of a window, T
   * @param batch most windows of a mini-batch, B
   */
  public record Options(int window, int batch, Learning learning, long seed) {
    public Options {
      positive("window", window);
      positive("batch", batch);
    }

    /** With Adam at a constant learning rate. */
    public Options(int window, int batch, float learningRate, float clipNorm, long seed) {
      this(window, batch, Learning.adam(learningRate, clipNorm), seed);
    }

    private static void positive(String what, int value) {
      if (value < 1) {
        throw new IllegalArgumentException(what + " is " + value + "; must be positive");
      }
    }
  }

  /** What one mini-batch gave: losses are sums over the scored events, states in window order. */
  public record Outcome(
      int scored, int correct, double loss, double gradientNorm, List<float[]> states) {
    private Outcome withNorm(double norm) {
      return new Outcome(scored, correct, loss, norm, states);
    }
  }

  /** One window in its place in the mini-batch: its events that have an input. */
  private record Lane(int window, List<Event> events) {}

  private final Kernel kernel;
  private final Options options;
  private final String name;
  private final ModelConfig config;
  private final Scope scope;
  private final Network network;
  private final Optimizer optimizer;
  private final Tape tape;

  /** Draws the seeds of the dropout. */
  private final Generator random;

  private MiniBatch batch;
  private long version;
  private long parent;
  private long steps;

  public OnlineTrainer(Kernel kernel, ModelSnapshot start, Options options) {
    this(kernel, start, options, options.seed());
  }

  /** Goes on from a checkpoint. */
  public OnlineTrainer(Kernel kernel, TrainingState state, Options options) {
    this(kernel, state.model(), options, state.random());
    optimizer.restore(state.firstMoments(), state.secondMoments(), state.optimizerSteps());
    if (!kernel.name().equals(state.kernel())) {
      LOG.warn(
          "training of {} began on kernel {} and goes on with {}: results agree, not to the bit",
          name,
          state.kernel(),
          kernel.name());
    }
  }

  private OnlineTrainer(Kernel kernel, ModelSnapshot model, Options options, long random) {
    this.kernel = kernel;
    this.options = options;
    this.name = model.name();
    this.config = model.config();
    this.version = model.version();
    this.parent = model.parent();
    this.steps = model.steps();
    this.random = new Generator(random);
    this.scope = kernel.open();
    this.network = new Network(scope, model, options.window() * options.batch());
    List<EmbeddingTable> tables = network.table() == null ? List.of() : List.of(network.table());
    this.optimizer = options.learning().optimizer().of(kernel, scope, network.parameters(), tables);
    this.tape = new Tape(kernel);
  }

  /**
   * Trains a copy on made-up events and throws it away, so that the JVM has compiled what training
   * runs before the first mini-batch comes.
   */
  public static void warmUp(Kernel kernel, ModelSnapshot start, Options options) {
    ModelConfig config = start.config();
    WarmUp.once(
        "train " + kernel.name() + " " + config.architecture(),
        repeat -> {
          boolean text = config.features() instanceof ModelConfig.Text;
          float[] features = text ? null : new float[config.inputSize()];
          Event event = new Event("", text ? "warm-up" : null, features, 0, 0, false);
          Window window = new Window("", Collections.nCopies(options.window(), event), false);
          List<Window> windows = Collections.nCopies(options.batch(), window);
          List<float[]> states = Collections.nCopies(options.batch(), null);
          try (OnlineTrainer copy = new OnlineTrainer(kernel, start, options)) {
            repeat.accept(i -> copy.train(windows, states));
          }
        });
  }

  /**
   * Predicts, scores, then learns. Bare {@code end} events step nothing.
   *
   * @param windows at most one per sequence
   * @param states the state that each sequence carries in, null for the zero state
   */
  public Outcome train(List<Window> windows, List<float[]> states) {
    List<Lane> lanes = lanes(windows);
    List<float[]> after = new ArrayList<>(states);
    if (lanes.isEmpty()) {
      return new Outcome(0, 0, 0, 0, after);
    }
    int[] lengths = new int[lanes.size()];
    Arrays.setAll(lengths, i -> lanes.get(i).events().size());
    if (batch == null || !batch.fits(lengths)) {
      batch = new MiniBatch(tape, network, lengths, random::nextLong);
    }
    for (int i = 0; i < lengths.length; i++) {
      Lane lane = lanes.get(i);
      batch.fill(i, lane.events(), states.get(lane.window()));
      if (network.classifies()) {
        Window window = windows.get(lane.window());
        batch.label(i, window.end() ? MiniBatch.labelOf(window.events()) : Event.NO_LABEL);
      }
    }
    tape.learning(false);
    batch.forward();
    for (int i = 0; i < lengths.length; i++) {
      after.set(lanes.get(i).window(), batch.stateAfter(i));
    }
    Outcome predicted = new Outcome(batch.scored(), batch.correct(), batch.loss(), 0, after);
    return predicted.scored() == 0 ? predicted : predicted.withNorm(learn());
  }

  /** Windows that step something, longest first, of equals the first first. */
  private List<Lane> lanes(List<Window> windows) {
    atMost("windows", windows.size(), options.batch());
    List<Lane> lanes = new ArrayList<>();
    for (int i = 0; i < windows.size(); i++) {
      List<Event> events = new ArrayList<>(windows.get(i).events());
      events.removeIf(event -> !event.hasInput());
      atMost("events in a window", events.size(), options.window());
      if (!events.isEmpty()) {
        lanes.add(new Lane(i, events));
      }
    }
    lanes.sort(Comparator.comparingInt((Lane lane) -> lane.events().size()).reversed());
    return lanes;
  }

  private static void atMost(String what, int found, int most) {
    if (found > most) {
      throw new IllegalArgumentException("train: " + found + " " + what + "; at most " + most);
    }
  }

  /** Returns the gradient's norm; where it or the loss is not finite, nothing moves. */
  private double learn() {
    if (config.layers().dropout() > 0) {
      tape.learning(true);
      batch.forward();
    }
    network.zeroGradients(kernel);
    batch.backward();
    double norm = options.learning().prepare(kernel, network.parameters());
    if (Double.isFinite(norm) && Double.isFinite(batch.loss())) {
      optimizer.step(options.learning().rate().at(optimizer.steps() + 1));
      steps += batch.scored();
    }
    return norm;
  }

  /** A copy of the weights as they are now; the given version is from now on the last published. */
  public ModelSnapshot snapshot(long newVersion) {
    parent = version;
    version = newVersion;
    return model();
  }

  private ModelSnapshot model() {
    return new ModelSnapshot(name, version, parent, steps, config, network.tensors());
  }

  /** A copy of all that learning needs to go on to the bit. */
  public TrainingState state() {
    return new TrainingState(
        model(),
        optimizer.firstMoments(),
        optimizer.secondMoments(),
        optimizer.steps(),
        random.state(),
        kernel.name());
  }

  @Override
  public void close() {
    tape.close();
    scope.close();
  }
}
