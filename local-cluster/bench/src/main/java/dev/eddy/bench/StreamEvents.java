package dev.eddy.bench;

import dev.eddy.serialization.Event;
import dev.eddy.serialization.Received;
import java.util.SplittableRandom;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.datagen.source.GeneratorFunction;

/**
 * The events of a job, by their number: first one of every sequence, then of sequences at random.
 * Names and features are made before the first, so that an event costs next to nothing.
 */
final class StreamEvents implements GeneratorFunction<Long, Received> {
  /** Vectors that features are taken from; a power of two. */
  static final int VECTORS = 1024;

  private final int keys;
  private transient String[] names;
  private transient float[][] features;

  StreamEvents(int keys) {
    this.keys = keys;
  }

  @Override
  public void open(SourceReaderContext context) {
    names = new String[keys];
    for (int key = 0; key < keys; key++) {
      names[key] = name(key);
    }
    features = features();
  }

  static String name(int key) {
    return "m-" + key;
  }

  /** {@code [VECTORS, inputs]}, the same each time. */
  static float[][] features() {
    SplittableRandom random = new SplittableRandom(1);
    float[][] features = new float[VECTORS][StreamCase.INPUTS];
    for (float[] vector : features) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (float) random.nextDouble(-1, 1);
      }
    }
    return features;
  }

  @Override
  public Received map(Long number) {
    int key = (int) (number < keys ? number : Long.remainderUnsigned(mix(number), keys));
    int vector = (int) (number & (VECTORS - 1));
    var event = new Event(names[key], null, features[vector], Event.NO_LABEL, number, false);
    return new Received(event, null);
  }

  /** Bits that look random: the last step of the SplitMix generator. */
  private static long mix(long number) {
    long z = number * 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
