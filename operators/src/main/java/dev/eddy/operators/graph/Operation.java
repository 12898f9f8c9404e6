package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;

/**
 * One step of a computation: it reads the values of its inputs, sets that of its output, and passes
 * the output's gradient down to its inputs by its local derivative. Shapes are checked when it is
 * made; running it allocates nothing.
 */
public sealed interface Operation
    permits Add,
        Affine,
        Apply,
        Concatenate,
        CrossEntropy,
        Dropout,
        EmbeddingBag,
        Extremum,
        LayerNorm,
        Multiply,
        Patches,
        Prelu,
        Product,
        Recurrent,
        Softmax,
        SquaredError,
        Sum {

  /** Sets the output from the inputs. */
  void forward(Kernel kernel);

  /** Adds to the gradient of each input that is not constant. */
  void backward(Kernel kernel);
}
