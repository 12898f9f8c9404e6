package dev.eddy.bench;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;

/** Eddy itself, as the jobs call it. */
final class EddyContestant implements Contestant {
  private final Kernel kernel = Kernels.best();

  /** Models of other sizes, which stay in memory as long as the process. */
  private final List<Run> others = new ArrayList<>();

  EddyContestant() {}

  @Override
  public Run prepare(Case of) {
    return switch (of.name()) {
      case Case.STEP -> new EddyStep(kernel, of);
      case Case.STEP_AFTER_OTHERS -> {
        if (others.isEmpty()) {
          runOthers();
        }
        yield new EddyStep(kernel, of);
      }
      case Case.PRODUCT -> new EddyProduct(kernel, of);
      case Case.TRAIN, Case.TRAIN_TEXT -> new EddyTraining(kernel, of);
      default -> throw new UnsupportedOperationException("eddy has no " + of.name());
    };
  }

  /** Has the JVM step and train models of other sizes, often enough to compile that. */
  private void runOthers() {
    for (String cell : List.of("gru", "lstm")) {
      for (int h : new int[] {64, 256, 100}) {
        for (int batch : new int[] {1, 7, 32}) {
          runOther(3000, new EddyStep(kernel, new Case(Case.STEP, cell, 24, h, 9, batch, 2, 1, 1)));
        }
      }
      for (int h : new int[] {64, 100}) {
        runOther(300, new EddyTraining(kernel, new Case(Case.TRAIN, cell, 24, h, 9, 8, 1, 8, 1)));
      }
    }
  }

  private void runOther(int times, Run other) {
    others.add(other);
    try {
      for (int i = 0; i < times; i++) {
        other.run();
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String version() {
    return kernel.name() + " kernel, Java " + Runtime.version().feature();
  }
}
