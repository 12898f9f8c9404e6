package dev.eddy.bench;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import java.util.List;

/** Eddy itself, as the jobs call it. */
final class EddyContestant implements Contestant {
  private final Kernel kernel = Kernels.best();
  private boolean othersHaveRun;

  EddyContestant() {}

  @Override
  public Run prepare(Case of) {
    return switch (of.name()) {
      case Case.STEP -> new EddyStep(kernel, of);
      case Case.STEP_AFTER_OTHERS -> {
        if (!othersHaveRun) {
          runOthers();
          othersHaveRun = true;
        }
        yield new EddyStep(kernel, of);
      }
      case Case.PRODUCT -> new EddyProduct(kernel, of);
      case Case.TRAIN, Case.TRAIN_TEXT -> new EddyTraining(kernel, of);
      default -> throw new UnsupportedOperationException("eddy has no " + of.name());
    };
  }

  /** Has the JVM see steps and training of other shapes, often enough to compile them. */
  private void runOthers() {
    for (String cell : List.of("gru", "lstm")) {
      for (int h : new int[] {64, 256, 100}) {
        for (int batch : new int[] {1, 7, 32}) {
          repeat(3000, new EddyStep(kernel, new Case(Case.STEP, cell, 24, h, 9, batch, 2, 1, 1)));
        }
      }
      repeat(300, new EddyTraining(kernel, new Case(Case.TRAIN, cell, 24, 64, 9, 8, 1, 8, 1)));
    }
  }

  private static void repeat(int times, Run run) {
    try (run) {
      for (int i = 0; i < times; i++) {
        run.run();
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
