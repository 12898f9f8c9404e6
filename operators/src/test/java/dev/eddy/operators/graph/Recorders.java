package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Scope;
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
 * What a package can record and make, found in its classes, so that tests with a case for each
 * notice what is new, an overload too: {@code Prelu.leaky}, {@code new Filter}.
 */
public final class Recorders {
  /** What has a shape, or shapes, that others must agree with; and records of such things. */
  private static final Set<Class<?>> SHAPED =
      Set.of(Node.class, Filter.class, Packing.class, EmbeddingTable.class, int[].class);

  private static final Set<Class<?>> SIZES = Set.of(int.class, int[].class, float[].class);

  /** Where things are computed, and how they are called. */
  private static final Set<Class<?>> PLACES =
      Set.of(Tape.class, Scope.class, Kernel.class, String.class);

  private final List<Executable> executables;

  private Recorders(List<Executable> executables) {
    this.executables = executables;
  }

  /** Those of the package of a class. */
  public static Recorders beside(Class<?> one) {
    return new Recorders(executables(one));
  }

  /** All that records operations: one that is primitive, or several that are composed. */
  public Set<String> all() {
    return named(Recorders::records);
  }

  /**
   * All that can be asked for what cannot be: what records from several things with a shape, or
   * from numbers, and what makes a thing with a shape from numbers.
   */
  public Set<String> refusing() {
    return named(e -> (records(e) && (shaped(e) > 1 || has(e, SIZES))) || makes(e));
  }

  /** All that is given something that may be missing. */
  public List<Executable> given() {
    return executables.stream()
        .filter(e -> records(e) || makes(e))
        .filter(e -> Stream.of(e.getParameterTypes()).anyMatch(Recorders::mayBeMissing))
        .filter(e -> !e.isVarArgs())
        .toList();
  }

  public static boolean mayBeMissing(Class<?> type) {
    return !type.isPrimitive() && !PLACES.contains(type);
  }

  /** What a user can call, and what is primitive. */
  private static boolean records(Executable e) {
    return e instanceof Method
        && has(e, Set.of(Tape.class))
        && (isPublic(e) || Operation.class.isAssignableFrom(e.getDeclaringClass()));
  }

  private static boolean makes(Executable e) {
    boolean made =
        !(e instanceof Method method)
            || (hasShape(method.getReturnType()) && !method.getReturnType().isArray());
    return made && isPublic(e) && has(e, SIZES);
  }

  private static boolean isPublic(Executable e) {
    return Modifier.isPublic(e.getModifiers() & e.getDeclaringClass().getModifiers());
  }

  private static boolean hasShape(Class<?> type) {
    return SHAPED.contains(type)
        || (type.isRecord()
            && Stream.of(type.getRecordComponents()).anyMatch(part -> hasShape(part.getType())));
  }

  /** Things with a shape that are put in; of an array there may be several. */
  private static int shaped(Executable e) {
    List<Class<?>> in = new ArrayList<>(List.of(e.getParameterTypes()));
    if (!Modifier.isStatic(e.getModifiers())) {
      in.add(e.getDeclaringClass());
    }
    return in.stream().mapToInt(type -> type == Node[].class ? 2 : hasShape(type) ? 1 : 0).sum();
  }

  private static boolean has(Executable e, Set<Class<?>> types) {
    return Stream.of(e.getParameterTypes()).anyMatch(types::contains);
  }

  /** With the types of what it is given, where others are called the same. */
  public static String name(Executable e) {
    String type = e.getDeclaringClass().getSimpleName();
    String name = e instanceof Constructor ? "new " + type : type + "." + e.getName();
    long same =
        declared(e.getDeclaringClass()).filter(o -> o.getName().equals(e.getName())).count();
    return same == 1
        ? name
        : Stream.of(e.getParameterTypes())
            .map(Class::getSimpleName)
            .collect(Collectors.joining(", ", name + "(", ")"));
  }

  private static Stream<Executable> declared(Class<?> type) {
    return Stream.<Executable>concat(
            Stream.of(type.getDeclaredMethods()), Stream.of(type.getDeclaredConstructors()))
        .filter(e -> !Modifier.isPrivate(e.getModifiers()) && !e.isSynthetic());
  }

  private Set<String> named(Predicate<Executable> which) {
    return executables.stream()
        .filter(which)
        .map(Recorders::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<Executable> executables(Class<?> one) {
    try {
      URI classes = one.getProtectionDomain().getCodeSource().getLocation().toURI();
      String name = one.getPackageName();
      List<Executable> found = new ArrayList<>();
      try (Stream<Path> files = Files.list(Path.of(classes).resolve(name.replace('.', '/')))) {
        for (Path file : files.sorted().toList()) {
          String type = file.getFileName().toString().replace(".class", "");
          declared(Class.forName(name + "." + type)).forEach(found::add);
        }
      }
      return found;
    } catch (IOException | URISyntaxException | ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
