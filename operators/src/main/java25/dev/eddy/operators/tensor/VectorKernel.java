package dev.eddy.operators.tensor;

import jdk.incubator.vector.FloatVector;

final class VectorKernel {
  static final int LANES = FloatVector.SPECIES_PREFERRED.length();
}
