package dev.eddy.operators.tensor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * No operation stores to anything but its results, and to these wherever in memory they lie: the
 * vector kernel may read beyond them, into what every block has behind its last element.
 */
class StoresTest {
  private static final int[] ROWS = {0, 1, 2, 3, 5, 33, 65};
  private static final int[] COLUMNS = {1, 15, 16, 17, 63, 64, 65, 130};

  @ParameterizedTest
  @EnumSource(names = {"IN_NUMBERS", "BETWEEN_ROWS", "AT_BLOCK_END"})
  void goToTheResultsAlone(Bench.Place place) {
    for (int i = 0; i < ROWS.length; i++) {
      for (int j = 0; j < COLUMNS.length; j++) {
        int inner = COLUMNS[(i + j) % COLUMNS.length];
        KernelLaws.agreement(place, Kernels.scalar(), Kernels.best(), ROWS[i], inner, COLUMNS[j]);
      }
    }
  }

  @Test
  void areThoseOfEveryOperation() {
    Arithmetic scalar = new ScalarKernel();
    Set<Method> called = new HashSet<>();
    InvocationHandler recorder =
        (proxy, method, arguments) -> {
          called.add(method);
          return method.invoke(scalar, arguments);
        };
    Class<?>[] types = {Arithmetic.class};
    ClassLoader loader = Arithmetic.class.getClassLoader();
    var recorded = new Kernel((Arithmetic) Proxy.newProxyInstance(loader, types, recorder));
    KernelLaws.agreement(Kernels.scalar(), recorded, 3, 5, 17);
    for (Method method : Arithmetic.class.getMethods()) {
      assertTrue(called.contains(method) || method.getName().equals("name"), method::toString);
    }
  }
}
