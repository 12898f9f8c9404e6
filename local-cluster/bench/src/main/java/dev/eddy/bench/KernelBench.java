package dev.eddy.bench;

import java.util.ArrayList;
import java.util.List;

/** {@code ./eddy bench kernel}: the forward step, and the matrix product inside it. */
final class KernelBench {
  private static final int D = 32;
  private static final int LABELS = 16;

  private KernelBench() {}

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (int threads = 1; threads <= 2; threads++) {
      for (String cell : List.of("lstm", "gru")) {
        for (int batch : new int[] {1, 4, 32, 64}) {
          cases.add(step(cell, 128, batch, 1, threads));
        }
        for (int h : new int[] {64, 256}) {
          cases.add(step(cell, h, 1, 1, threads));
          cases.add(step(cell, h, 32, 1, threads));
        }
      }
      cases.add(step("lstm", 128, 32, 2, threads));
    }
    return cases;
  }

  /** The matrix product inside a step, alone. */
  static List<Case> products() {
    List<Case> cases = new ArrayList<>();
    for (int threads = 1; threads <= 2; threads++) {
      for (int h : new int[] {128, 256}) {
        for (int batch : new int[] {1, 32, 64}) {
          cases.add(new Case(Case.PRODUCT, "lstm", D, h, LABELS, batch, 1, 1, threads));
        }
      }
    }
    return cases;
  }

  /** Steps in a JVM that has seen much else. */
  static List<Case> afterOthers() {
    List<Case> cases = new ArrayList<>();
    for (String cell : List.of("lstm", "gru")) {
      for (int h : new int[] {64, 128, 256}) {
        for (int batch : new int[] {1, 32}) {
          cases.add(new Case(Case.STEP_AFTER_OTHERS, cell, D, h, LABELS, batch, 1, 1, 1));
        }
      }
    }
    return cases;
  }

  private static Case step(String cell, int h, int batch, int layers, int threads) {
    return new Case(Case.STEP, cell, D, h, LABELS, batch, layers, 1, threads);
  }
}
