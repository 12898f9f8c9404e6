package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Affine;
import dev.eddy.operators.graph.Apply;
import dev.eddy.operators.graph.Concatenate;
import dev.eddy.operators.graph.Convolution;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.Extremum;
import dev.eddy.operators.graph.Filter;
import dev.eddy.operators.graph.Grid;
import dev.eddy.operators.graph.MaxPooling;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Adam;
import dev.eddy.operators.training.Learner;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same weights in every place of a sequence or an image. */
class ConvolutionLectureTest {
  private static final float[] IMAGE = {
    1, 0, 0, 0, 1,
    0, 1, 0, 0, 1,
    0, 0, 1, 0, 0,
    0, 1, 1, 1, 0,
    0, 0, 0, 0, 1,
  };
  private static final float[] FILTER = {1, -1, -1, 1};
  private static final float[] FILTERED = {
    2, -1, 0, 0,
    -1, 2, -1, -1,
    1, -1, 1, -1,
    -1, 0, 0, 2,
  };

  private final Kernel kernel = Kernels.best();
  private final Weights weights = new Weights(kernel, 1);
  private final Tape tape = new Tape(kernel);

  @AfterEach
  void close() {
    tape.close();
    weights.close();
  }

  @ParameterizedTest(
      name = "L10 1-D convolution: filters of width {0} give Σ_s W_s Z_t+s−1, T−S+1 rows")
  @ValueSource(ints = {1, 2, 3, 5, 7})
  void directSum(int width) {
    int length = 7;
    int channels = 3;
    int maps = 5;
    Random random = new Random(width);
    float[] z = random(random, 2 * length * channels);
    Grid sequences = Grid.sequences(tape.constant(2 * length, channels, z), length);
    Grid b = weights.convolution(tape, "filter", sequences, Filter.sequence(width, 1, 0), maps);
    tape.forward();

    int outputs = length - width + 1;
    assertEquals(outputs, b.width());
    float[] w = weights.copy().get("filter.weight");
    float[] bias = weights.copy().get("filter.bias");
    float[] found = b.places().value().get();
    for (int i = 0; i < 2; i++) {
      for (int t = 0; t < outputs; t++) {
        for (int n = 0; n < maps; n++) {
          double sum = bias[n];
          for (int s = 0; s < width; s++) {
            for (int j = 0; j < channels; j++) {
              sum +=
                  (double) w[(n * width + s) * channels + j]
                      * z[(i * length + t + s) * channels + j];
            }
          }
          assertEquals(sum, found[(i * outputs + t) * maps + n], 1e-6);
        }
      }
    }
  }

  @Test
  @DisplayName(
      "L10 1-D convolution: a text network with filters of widths 2, 3 and 4 finds a phrase")
  void textNetwork() {
    int texts = 200;
    int length = 12;
    Random random = new Random(3);
    int[] tokens = new int[texts * length];
    int[] labels = new int[texts];
    Node logits = textNetwork(tape, tokens, length);
    Node losses = CrossEntropy.of(tape, logits, labels);
    Learner learner = new Learner(weights, Adam.standard());
    for (int step = 0; step < 150; step++) {
      draw(random, tokens, labels, length);
      learner.step(tape, losses, 0.01);
    }

    draw(new Random(99), tokens, labels, length);
    int[] predicted = new int[texts];
    tape.forward();
    kernel.argmax(logits.value(), predicted);
    int correct = 0;
    for (int i = 0; i < texts; i++) {
      correct += predicted[i] == labels[i] ? 1 : 0;
    }
    assertTrue(correct >= 0.97 * texts, correct + " of " + texts + " unseen texts");
  }

  /** Words, feature maps of three widths, the greatest of each over the text, two classes. */
  private Node textNetwork(Tape tape, int[] tokens, int length) {
    Grid words = Grid.sequences(weights.embedding(tape, "words", 20, 8, tokens), length);
    Node[] features = new Node[3];
    for (int i = 0; i < features.length; i++) {
      Filter filter = Filter.sequence(2 + i, 1, 0);
      Grid maps = weights.convolution(tape, "width " + (2 + i), words, filter, 6);
      features[i] = Apply.of(tape, Function.RELU, MaxPooling.whole(tape, maps));
    }
    return weights.affine(tape, "output", Concatenate.columns(tape, features), 2);
  }

  /** Random words; half of the texts have word 7 followed by word 3 somewhere. */
  private static void draw(Random random, int[] tokens, int[] labels, int length) {
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = random.nextInt(20);
    }
    for (int i = 0; i < labels.length; i++) {
      if (random.nextBoolean()) {
        int at = i * length + random.nextInt(length - 1);
        tokens[at] = 7;
        tokens[at + 1] = 3;
      }
      labels[i] = 0;
      for (int t = i * length; t + 1 < (i + 1) * length; t++) {
        labels[i] |= tokens[t] == 7 && tokens[t + 1] == 3 ? 1 : 0;
      }
    }
  }

  @Test
  @DisplayName("L11 2-D convolution: the filter of the notes over the image of the notes")
  void convolution() {
    Grid image = new Grid(tape.constant(25, 1, IMAGE), 5, 5);
    Node filter = tape.constant(1, 4, FILTER);
    Grid b = Convolution.of(tape, image, Filter.square(2, 1, 0), filter, null);
    Grid pooled = MaxPooling.of(tape, b, Filter.square(2, 2, 0));
    tape.forward();
    assertArrayEquals(FILTERED, b.places().value().get());
    assertArrayEquals(new float[] {2, 0, 1, 2}, pooled.places().value().get());
    assertEquals(2, pooled.height());
    assertEquals(2, pooled.width());
  }

  @Test
  @DisplayName("L11 2-D convolution: stride 2 and a border of zeros")
  void strideAndPadding() {
    Grid image = new Grid(tape.constant(25, 1, IMAGE), 5, 5);
    Node filter = tape.constant(1, 4, FILTER);
    Grid strided = Convolution.of(tape, image, Filter.square(2, 2, 0), filter, null);
    Grid padded = Convolution.of(tape, image, Filter.square(2, 3, 1), filter, null);
    tape.forward();
    assertArrayEquals(new float[] {2, 0, 1, 1}, strided.places().value().get());
    // windows at rows and columns -1 and 2: the corner [0, 0], the edges, and [2, 2]
    assertArrayEquals(new float[] {1, 0, 0, 1}, padded.places().value().get());
    assertEquals(2, padded.width());
  }

  @Test
  @DisplayName("L11 2-D convolution is a dense layer with shared weights, gradients too")
  void denseLayer() {
    float[] upstream = random(new Random(5), 16);
    Node pixels = tape.node(25, 1);
    pixels.value().set(IMAGE);
    Node filter = tape.node(1, 4);
    filter.value().set(FILTER);
    Node b =
        Convolution.of(tape, new Grid(pixels, 5, 5), Filter.square(2, 1, 0), filter, null).places();

    Node row = tape.node(1, 25);
    row.value().set(IMAGE);
    Node dense = tape.node(16, 25);
    float[] shared = new float[16 * 25];
    for (int i = 0; i < 16; i++) {
      for (int s = 0; s < 4; s++) {
        shared[i * 25 + place(i, s)] = FILTER[s];
      }
    }
    dense.value().set(shared);
    Node same = Affine.of(tape, row, dense, null);

    tape.forward();
    b.gradient().set(upstream);
    same.gradient().set(upstream);
    tape.backward();

    assertArrayEquals(b.value().get(), same.value().get());
    assertArrayEquals(pixels.gradient().get(), row.gradient().get(), 1e-6f);
    float[] sums = new float[4];
    for (int i = 0; i < 16; i++) {
      for (int s = 0; s < 4; s++) {
        sums[s] += dense.gradient().get()[i * 25 + place(i, s)];
      }
    }
    assertArrayEquals(sums, filter.gradient().get(), 1e-6f);
  }

  /** The pixel under place s of the filter for output i. */
  private static int place(int i, int s) {
    return (i / 4 + s / 2) * 5 + i % 4 + s % 2;
  }

  @Test
  @DisplayName("L11 max pooling is the greatest of dense layers that pick a place each")
  void poolingOfDenseLayers() {
    Node maps = tape.node(16, 1);
    maps.value().set(FILTERED);
    Node pooled = MaxPooling.of(tape, new Grid(maps, 4, 4), Filter.square(2, 2, 0)).places();
    Node row = tape.node(1, 16);
    row.value().set(FILTERED);
    Node greatest = null;
    for (int s = 0; s < 4; s++) {
      float[] picks = new float[4 * 16];
      for (int i = 0; i < 4; i++) {
        picks[i * 16 + (i / 2 * 2 + s / 2) * 4 + i % 2 * 2 + s % 2] = 1;
      }
      Node picked = Affine.of(tape, row, tape.constant(4, 16, picks), null);
      greatest = greatest == null ? picked : Extremum.max(tape, greatest, picked);
    }
    tape.forward();
    pooled.gradient().set(10, 20, 30, 40);
    greatest.gradient().set(10, 20, 30, 40);
    tape.backward();
    assertArrayEquals(new float[] {2, 0, 1, 2}, pooled.value().get());
    assertArrayEquals(pooled.value().get(), greatest.value().get());
    assertArrayEquals(maps.gradient().get(), row.gradient().get());
  }

  @Test
  @DisplayName(
      "L11 max pooling: the gradient goes to the greatest of each window, the first of equals")
  void pooling() {
    Node maps = tape.node(16, 1);
    maps.value().set(FILTERED);
    Node pooled = MaxPooling.of(tape, new Grid(maps, 4, 4), Filter.square(2, 2, 0)).places();
    tape.forward();
    pooled.gradient().set(10, 20, 30, 40);
    tape.backward();
    float[] expected = {
      10, 0, 20, 0,
      0, 0, 0, 0,
      30, 0, 0, 0,
      0, 0, 0, 40,
    };
    assertArrayEquals(expected, maps.gradient().get());
  }

  @Test
  @DisplayName("L11 image network: convolution, pooling and a dense layer tell diagonals apart")
  void imageNetwork() {
    int images = 100;
    Random random = new Random(8);
    Node pixels = tape.constant(images * 64, 1);
    int[] labels = new int[images];
    Grid maps =
        weights.convolution(tape, "filters", new Grid(pixels, 8, 8), Filter.square(3, 1, 1), 4);
    Grid active = new Grid(Apply.of(tape, Function.RELU, maps.places()), 8, 8);
    Grid pooled = MaxPooling.of(tape, active, Filter.square(2, 2, 0));
    Node logits = weights.affine(tape, "output", pooled.flat(), 2);
    Node losses = CrossEntropy.of(tape, logits, labels);
    Learner learner = new Learner(weights, Adam.standard());
    for (int step = 0; step < 120; step++) {
      pixels.value().set(diagonals(random, labels));
      learner.step(tape, losses, 0.01);
    }

    pixels.value().set(diagonals(new Random(99), labels));
    int[] predicted = new int[images];
    tape.forward();
    kernel.argmax(logits.value(), predicted);
    int correct = 0;
    for (int i = 0; i < images; i++) {
      correct += predicted[i] == labels[i] ? 1 : 0;
    }
    assertTrue(correct >= 0.97 * images, correct + " of " + images + " unseen images");
  }

  /** Noise with a falling stroke of 4 pixels somewhere (label 0), or a rising one (label 1). */
  private static float[] diagonals(Random random, int[] labels) {
    float[] pixels = new float[labels.length * 64];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = 0.3f * random.nextFloat();
    }
    for (int i = 0; i < labels.length; i++) {
      labels[i] = random.nextInt(2);
      int row = random.nextInt(5);
      int column = random.nextInt(5);
      for (int k = 0; k < 4; k++) {
        int c = labels[i] == 0 ? column + k : column + 3 - k;
        pixels[i * 64 + (row + k) * 8 + c] = 1;
      }
    }
    return pixels;
  }

  private static float[] random(Random random, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = 2 * random.nextFloat() - 1;
    }
    return values;
  }
}
