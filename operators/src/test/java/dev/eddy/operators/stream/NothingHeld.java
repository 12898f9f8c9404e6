package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.tensor.Scope;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** After each test the scopes hold as many bytes as before it. */
final class NothingHeld implements BeforeEachCallback, AfterEachCallback {
  private long before;

  @Override
  public void beforeEach(ExtensionContext test) {
    before = Scope.heldBytes();
  }

  @Override
  public void afterEach(ExtensionContext test) {
    assertEquals(before, Scope.heldBytes(), "bytes held");
  }
}
