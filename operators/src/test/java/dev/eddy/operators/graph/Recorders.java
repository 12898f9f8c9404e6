package dev.eddy.operators.graph;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the package can record and make, found in its classes, so that tests with a case for each
 * notice what is new: {@code Prelu.leaky}, {@code new Filter}.
 */
final class Recorders {
  /** What has a shape, or shapes, that others must agree with. */
  static final Set<Class<?>> SHAPED =
      Set.of(
          Node.class,
          Grid.class,
          Filter.class,
          Packing.class,
          EmbeddingTable.class,
          Recurrent.Weights.class,
          int[].class);

  private static final Set<Class<?>> SIZES = Set.of(int.class, int[].class, float[].class);

  private static final List<Executable> EXECUTABLES = executables();

  private Recorders() {}

  /** All that records operations: one that is primitive, or several that are composed. */
  static Set<String> all() {
    return named(Recorders::records);
  }

  /**
   * All that can be asked for what cannot be: what records from several things with a shape, and
   * what makes a thing with a shape from numbers.
   */
  static Set<String> refusing() {
    return named(e -> (records(e) && shaped(e) > 1) || (makes(e) && has(e, SIZES)));
  }

  /** All that is given something that may be missing. */
  static List<Executable> given() {
    return EXECUTABLES.stream()
        .filter(e -> records(e) || (makes(e) && has(e, SIZES)))
        .filter(e -> Stream.of(e.getParameterTypes()).anyMatch(Recorders::mayBeMissing))
        .filter(e -> !e.isVarArgs())
        .toList();
  }

  /** Things with a shape, and constants of an enum. */
  static boolean mayBeMissing(Class<?> type) {
    return SHAPED.contains(type) || type.isEnum();
  }

  private static boolean records(Executable e) {
    return e instanceof Method && has(e, Set.of(Tape.class));
  }

  private static boolean makes(Executable e) {
    Class<?> made = e instanceof Method method ? method.getReturnType() : e.getDeclaringClass();
    boolean shape = made == Parameter.class || (SHAPED.contains(made) && !made.isArray());
    return shape && Modifier.isPublic(e.getModifiers());
  }

  /** Things with a shape that are put in; of an array there may be several. */
  private static int shaped(Executable e) {
    List<Class<?>> in = new ArrayList<>(List.of(e.getParameterTypes()));
    if (!Modifier.isStatic(e.getModifiers())) {
      in.add(e.getDeclaringClass());
    }
    return in.stream()
        .mapToInt(type -> type == Node[].class ? 2 : SHAPED.contains(type) ? 1 : 0)
        .sum();
  }

  private static boolean has(Executable e, Set<Class<?>> types) {
    return Stream.of(e.getParameterTypes()).anyMatch(types::contains);
  }

  static String name(Executable e) {
    String type = e.getDeclaringClass().getSimpleName();
    return e instanceof Constructor ? "new " + type : type + "." + e.getName();
  }

  private static Set<String> named(Predicate<Executable> which) {
    return EXECUTABLES.stream()
        .filter(which)
        .map(Recorders::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<Executable> executables() {
    try {
      URI classes = Operation.class.getProtectionDomain().getCodeSource().getLocation().toURI();
      String name = Operation.class.getPackageName();
      List<Executable> found = new ArrayList<>();
      try (Stream<Path> files = Files.list(Path.of(classes).resolve(name.replace('.', '/')))) {
        for (Path file : files.sorted().toList()) {
          String type = file.getFileName().toString().replace(".class", "");
          Class<?> loaded = Class.forName(name + "." + type);
          found.addAll(List.of(loaded.getDeclaredMethods()));
          found.addAll(List.of(loaded.getDeclaredConstructors()));
        }
      }
      found.removeIf(e -> Modifier.isPrivate(e.getModifiers()) || e.isSynthetic());
      return found;
    } catch (IOException | URISyntaxException | ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
