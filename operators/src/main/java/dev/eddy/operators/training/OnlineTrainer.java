package dev.eddy.operators.training;

import dev.eddy.operators.cell.Network;
import dev.eddy.operators.cell.WarmUp;
import dev.eddy.operators.graph.EmbeddingTable;
import dev.eddy.operators.graph.Generator;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.TrainingState;
import dev.eddy.serialization.Window;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
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
 *
 * <p>Where there are several threads, each runs forward and backward for its share of the windows
 * with gradients of its own; these are added in the order of the shares, and the weights moved, by
 * all threads, each element by one of them.
 */
public final class OnlineTrainer implements AutoCloseable {
  /** Most events of a window that warms up: what the JVM compiles does not depend on more. */
  private static final int WARM_UP_EVENTS = 16;

  private static final Logger LOG = LoggerFactory.getLogger(OnlineTrainer.class);

  /**
   * What a user chooses.
   *
   * @param window most events of a window
   * @param batch most windows of a mini-batch, B
   * @param threads that share the windows of a mini-batch, the caller's among them
   */
  public record Options(int window, int batch, Learning learning, long seed, int threads) {
    public Options {
      positive("window", window);
      positive("batch", batch);
      positive("threads", threads);
    }

    /** On one thread. */
    public Options(int window, int batch, Learning learning, long seed) {
      this(window, batch, learning, seed, 1);
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

  /**
   * One window in its place in the mini-batch.
   *
   * @param events that have an input
   * @param label of the sequence that ends with it, for a classifier; negative for none
   */
  record Lane(int window, List<Event> events, int label) {}

  private final Kernel kernel;
  private final Options options;
  private final String name;
  private final ModelConfig config;
  private final Scope scope;
  private final Network network;
  private final Optimizer optimizer;
  private final Crew crew;

  /** One for each of the crew; the first takes the gradients of the network itself. */
  private final List<Share> shares = new ArrayList<>();

  /** Draws the seeds of the dropout. */
  private final Generator random;

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
    if (!computedBy().equals(state.kernel())) {
      LOG.warn(
          "training of {} began on kernel {} and goes on with {}: results agree, not to the bit",
          name,
          state.kernel(),
          computedBy());
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
    int threads = Math.min(options.threads(), options.batch());
    int rows = options.window() * ((options.batch() + threads - 1) / threads);
    shares.add(new Share(kernel, network, this.random::nextLong));
    for (int i = 1; i < threads; i++) {
      shares.add(Share.twin(kernel, network, rows));
    }
    this.crew = new Crew("eddy-training-" + name, threads);
  }

  /** The kernel, and where there are several the threads: what bits depend on. */
  private String computedBy() {
    return kernel.name() + (crew.size() == 1 ? "" : " on " + crew.size() + " threads");
  }

  /**
   * Trains a copy on made-up events and throws it away, so that the JVM has compiled what training
   * runs before the first mini-batch comes.
   */
  public static void warmUp(Kernel kernel, ModelSnapshot start, Options options) {
    ModelConfig config = start.config();
    WarmUp.once(
        "train %s %s %s %s %s %s on %d threads"
            .formatted(
                kernel.name(),
                config.architecture(),
                config.layers(),
                config.task(),
                config.features() instanceof ModelConfig.Text ? "text" : "numeric",
                options.learning().algorithm(),
                options.threads()),
        repeat -> {
          boolean text = config.features() instanceof ModelConfig.Text;
          float[] features = text ? null : new float[config.inputSize()];
          Event event = new Event("", text ? "warm-up" : null, features, 0, 0, false);
          int length = Math.min(options.window(), WARM_UP_EVENTS);
          Window window = new Window("", Collections.nCopies(length, event), false);
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
    int parts = Math.min(crew.size(), lanes.size());
    crew.run(
        part -> {
          if (part < parts) {
            shares.get(part).predict(every(parts, part, lanes), states, after);
          }
        });
    List<Share> used = shares.subList(0, parts);
    Outcome predicted =
        new Outcome(
            used.stream().mapToInt(Share::scored).sum(),
            used.stream().mapToInt(Share::correct).sum(),
            used.stream().mapToDouble(Share::loss).sum(),
            0,
            after);
    return predicted.scored() == 0
        ? predicted
        : predicted.withNorm(learn(used, predicted.scored()));
  }

  /** Every n-th from one on: so windows of all lengths are shared out evenly. */
  private static List<Lane> every(int n, int first, List<Lane> lanes) {
    return n == 1
        ? lanes
        : IntStream.range(0, lanes.size())
            .filter(i -> i % n == first)
            .mapToObj(lanes::get)
            .toList();
  }

  /** Windows that step something, longest first, of equals the first first. */
  private List<Lane> lanes(List<Window> windows) {
    atMost("windows", windows.size(), options.batch());
    List<Lane> lanes = new ArrayList<>();
    for (int i = 0; i < windows.size(); i++) {
      List<Event> events = withInput(windows.get(i).events());
      atMost("events in a window", events.size(), options.window());
      if (!events.isEmpty()) {
        Window window = windows.get(i);
        int label = window.end() ? MiniBatch.labelOf(window.events()) : Event.NO_LABEL;
        lanes.add(new Lane(i, events, label));
      }
    }
    lanes.sort(Comparator.comparingInt((Lane lane) -> lane.events().size()).reversed());
    return lanes;
  }

  /** The events that step something: mostly all of them, which are then not copied. */
  private static List<Event> withInput(List<Event> events) {
    for (Event event : events) {
      if (!event.hasInput()) {
        return events.stream().filter(Event::hasInput).toList();
      }
    }
    return events;
  }

  private static void atMost(String what, int found, int most) {
    if (found > most) {
      throw new IllegalArgumentException("train: " + found + " " + what + "; at most " + most);
    }
  }

  /** Returns the gradient's norm; where it or the loss is not finite, nothing moves. */
  private double learn(List<Share> used, int scored) {
    boolean dropout = config.layers().dropout() > 0;
    for (int i = 1; dropout && i < used.size(); i++) {
      used.get(i).seed(random.nextLong());
    }
    crew.run(
        part -> {
          if (part < used.size()) {
            used.get(part).learn(dropout, scored);
          }
        });
    if (used.size() > 1) {
      crew.run(
          part -> {
            for (int i = 1; i < used.size(); i++) {
              network.addGradients(kernel, used.get(i).network(), part, crew.size());
            }
          });
    }
    double norm = options.learning().prepare(kernel, network.parameters());
    double loss = used.stream().mapToDouble(Share::loss).sum();
    if (Double.isFinite(norm) && Double.isFinite(loss)) {
      double rate = options.learning().rate().at(optimizer.steps() + 1);
      crew.run(optimizer.step(rate, crew.size())::accept);
      steps += scored;
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
        computedBy());
  }

  @Override
  public void close() {
    crew.close();
    shares.forEach(Share::close);
    scope.close();
  }
}
