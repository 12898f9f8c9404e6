package dev.eddy.operators.tensor;

/** The rules that every kernel call keeps, checked once for both implementations. */
final class Checks {
  /** Inputs and hidden units are fewer each, and both together, over which a kernel loops, 2^23. */
  private static final int LARGEST = 1 << 22;

  private Checks() {}

  /** The tensor lives and is of this kernel. */
  static void use(Kernel kernel, String operation, String name, Tensor t) {
    t.live(operation);
    if (t.scope.kernel != kernel) {
      throw new IllegalArgumentException(
          operation
              + ": "
              + name
              + " "
              + t
              + " belongs to the kernel "
              + t.scope.kernel.name()
              + ", not "
              + kernel.name());
    }
  }

  /** The tensor is usable and has this shape. */
  static void shape(Kernel kernel, String operation, String name, Tensor t, int rows, int columns) {
    use(kernel, operation, name, t);
    if (t.rows() != rows || t.columns() != columns) {
      throw new IllegalArgumentException(
          operation + ": " + name + " is " + t + ", must be [" + rows + ", " + columns + "]");
    }
  }

  /** The panels are usable and of this kind and shape. */
  static void panels(
      Kernel kernel, String operation, Panels p, Cell cell, int inputs, int outputs) {
    use(kernel, operation, "panels", p.weights);
    if (p.cell != cell || p.inputs != inputs || p.outputs != outputs) {
      throw new IllegalArgumentException(
          operation
              + ": given "
              + p
              + ", must be "
              + Panels.kind(cell)
              + " panels "
              + inputs
              + " to "
              + outputs);
    }
  }

  /** Weights and biases are those of the panels' cell. */
  static void cell(
      Kernel kernel,
      Tensor weightIh,
      Tensor weightHh,
      Tensor biasIh,
      Tensor biasHh,
      Panels panels) {
    int hidden = weightHh.columns();
    panels(kernel, "packCell", panels, panels.cell, weightIh.columns(), hidden);
    if (panels.cell == null) {
      throw new IllegalArgumentException("packCell: given " + panels + ", must be of a cell");
    }
    int rows = panels.cell.blocks() * hidden;
    shape(kernel, "packCell", "weightIh", weightIh, rows, weightIh.columns());
    shape(kernel, "packCell", "weightHh", weightHh, rows, hidden);
    shape(kernel, "packCell", "biasIh", biasIh, 1, rows);
    shape(kernel, "packCell", "biasHh", biasHh, 1, rows);
  }

  /** The parts of a step fit each other and the panels, and no result overwrites what is read. */
  static void step(Kernel kernel, CellStep s, Panels w) {
    use(kernel, "step", "x", s.x());
    panels(kernel, "step", w, w.cell, s.x().columns(), s.h().columns());
    if (w.cell == null) {
      throw new IllegalArgumentException("step: given " + w + ", must be of a cell");
    }
    int rows = s.x().rows();
    shape(kernel, "step", "h", s.h(), rows, w.outputs);
    shape(kernel, "step", "hNext", s.hNext(), rows, w.outputs);
    if (w.cell.hasC()) {
      shape(kernel, "step", "c", s.c(), rows, w.outputs);
      shape(kernel, "step", "cNext", s.cNext(), rows, w.outputs);
    }
    if (s.gates() != null) {
      shape(kernel, "step", "gates", s.gates(), rows, w.cell.gates() * w.outputs);
    }
    if (!s.hNext().same(s.h())) {
      apart("step", "hNext", s.hNext(), "h", s.h());
    }
    apart("step", "hNext", s.hNext(), "x", s.x());
  }

  /** The gradients have the shapes of the step, and are not written over what is read. */
  static void gradient(Kernel kernel, CellStep s, CellGradient d, Cell cell) {
    int rows = s.h().rows();
    int hidden = s.h().columns();
    use(kernel, "stepGradient", "h", s.h());
    shape(kernel, "stepGradient", "gates", s.gates(), rows, cell.gates() * hidden);
    shape(kernel, "stepGradient", "dhNext", d.dhNext(), rows, hidden);
    shape(kernel, "stepGradient", "dIh", d.dIh(), rows, cell.blocks() * hidden);
    shape(kernel, "stepGradient", "dHh", d.dHh(), rows, cell.blocks() * hidden);
    apart("stepGradient", "dIh", d.dIh(), "gates", s.gates());
    if (cell != Cell.GRU && !d.dHh().same(d.dIh())) {
      throw new IllegalArgumentException("stepGradient: dHh is not dIh, must be for " + cell);
    }
    if (cell == Cell.GRU) {
      apart("stepGradient", "dHh", d.dHh(), "dIh", d.dIh());
    }
    if (cell.hasC()) {
      shape(kernel, "stepGradient", "c", s.c(), rows, hidden);
      shape(kernel, "stepGradient", "cNext", s.cNext(), rows, hidden);
      shape(kernel, "stepGradient", "dc", d.dc(), rows, hidden);
    }
    if (d.dh() != null) {
      shape(kernel, "stepGradient", "dh", d.dh(), rows, hidden);
    }
  }

  /** The result shares no element with the operand. */
  static void apart(
      String operation, String resultName, Tensor result, String name, Tensor operand) {
    if (result.overlaps(operand)) {
      throw new IllegalArgumentException(
          operation
              + ": "
              + resultName
              + " "
              + result
              + " shares memory with "
              + name
              + " "
              + operand);
    }
  }

  /** There is a label for each row, and none is beyond the last column. */
  static void labels(String operation, int[] labels, int rows, int columns) {
    length(operation, "labels", labels.length, rows);
    for (int i = 0; i < rows; i++) {
      if (labels[i] >= columns) {
        throw new IllegalArgumentException(
            operation + ": label " + labels[i] + " of row " + i + "; labels are below " + columns);
      }
    }
  }

  /** {@code offsets[0..rows]} ascend within the indices, and those are rows of the table. */
  static void bags(String operation, int[] indices, int[] offsets, int rows, int tableRows) {
    length(operation, "offsets", offsets.length, rows + 1);
    for (int i = 0; i <= rows; i++) {
      int least = i == 0 ? 0 : offsets[i - 1];
      if (offsets[i] < least || offsets[i] > indices.length) {
        throw new IllegalArgumentException(
            operation
                + ": offset "
                + i
                + " is "
                + offsets[i]
                + "; must be within "
                + least
                + " and "
                + indices.length);
      }
    }
    rows(operation, indices, offsets[0], offsets[rows], tableRows);
  }

  /** {@code indices[from..to)} are rows of a table. */
  static void rows(String operation, int[] indices, int from, int to, int tableRows) {
    for (int j = from; j < to; j++) {
      if (indices[j] < 0 || indices[j] >= tableRows) {
        throw new IllegalArgumentException(
            String.format(
                "%s: index %d at %d; must be at least 0 and below %d, the rows of the table",
                operation, indices[j], j, tableRows));
      }
    }
  }

  /** An array is long enough. */
  static void length(String operation, String name, int length, int least) {
    if (length < least) {
      throw new IllegalArgumentException(
          operation + ": " + name + " has " + length + " elements, must have at least " + least);
    }
  }

  /** Panels have at least one row of weights, and so few that loops over them can count on it. */
  static void size(String operation, String name, int size) {
    if (size < 1 || size >= LARGEST) {
      throw new IllegalArgumentException(
          operation + ": " + name + " is " + size + ", must be at least 1 and below " + LARGEST);
    }
  }
}
