package dev.eddy.operators.tensor;

import java.lang.reflect.InvocationTargetException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one door to the kernels, and the only place that knows the vector kernel, by name. The choice
 * is made once per class loader and logged with its reason: a JVM that cannot run the vector kernel
 * gets the scalar one and a warning; a vector kernel that should run and does not is an error.
 */
public final class Kernels {
  private static final String VECTOR = "dev.eddy.operators.tensor.VectorKernel";
  private static final String MODULE = "jdk.incubator.vector";
  private static final int OLDEST = 25;

  private static final Kernel SCALAR = new Kernel(new ScalarKernel());

  private Kernels() {}

  /**
   * The fastest kernel that this JVM can run.
   *
   * @throws IllegalStateException if the vector kernel is supported but broken
   */
  public static Kernel best() {
    return Best.KERNEL;
  }

  /** The kernel that defines correct, on any JVM from 17. */
  public static Kernel scalar() {
    return SCALAR;
  }

  /** Why a JVM cannot run the vector kernel; null if it can. */
  static String unsupported(int feature, boolean module) {
    if (feature < OLDEST) {
      return "this is Java " + feature;
    }
    return module ? null : "the module " + MODULE + " is absent";
  }

  private static final class Best {
    private static final Logger LOG = LoggerFactory.getLogger(Kernels.class);
    static final Kernel KERNEL = choose();

    private static Kernel choose() {
      int feature = Runtime.version().feature();
      String reason = unsupported(feature, ModuleLayer.boot().findModule(MODULE).isPresent());
      if (reason == null) {
        try {
          Kernel kernel = new Kernel(load());
          LOG.info("{} kernel: Java {} with the module {}", kernel.name(), feature, MODULE);
          return kernel;
        } catch (IllegalCallerException denied) {
          reason = "it may not use memory natively";
        }
      }
      LOG.warn(
          "scalar kernel, about 20 times slower than the vector kernel: {}; run on JDK {} with"
              + " --add-modules {} --enable-native-access=ALL-UNNAMED (on a Flink cluster, append"
              + " them to env.java.opts.taskmanager)",
          reason,
          OLDEST,
          MODULE);
      return SCALAR;
    }

    /**
     * @throws IllegalCallerException if this JVM denies native access
     */
    private static Arithmetic load() {
      try {
        return Class.forName(VECTOR)
            .asSubclass(Arithmetic.class)
            .getDeclaredConstructor()
            .newInstance();
      } catch (InvocationTargetException e) {
        Throwable cause = e.getCause();
        if (cause instanceof ExceptionInInitializerError initializer) {
          cause = initializer.getCause();
        }
        if (cause instanceof IllegalCallerException denied) {
          throw denied;
        }
        throw new IllegalStateException("the vector kernel is broken: " + cause, e);
      } catch (ReflectiveOperationException | LinkageError e) {
        throw new IllegalStateException("the vector kernel is broken: " + e, e);
      }
    }
  }
}
