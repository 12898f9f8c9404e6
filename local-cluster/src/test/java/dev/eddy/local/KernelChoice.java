package dev.eddy.local;

import dev.eddy.operators.tensor.Kernels;

/** A program that asks for the best kernel twice and prints its name. */
final class KernelChoice {
  private KernelChoice() {}

  public static void main(String[] arguments) {
    System.out.println("first=" + Kernels.best().name());
    System.out.println("second=" + Kernels.best().name());
  }
}
