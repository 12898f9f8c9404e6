package dev.eddy.bench.peers;

import com.google.protobuf.CodedOutputStream;
import dev.eddy.bench.Case;
import dev.eddy.bench.Parameters;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The bytes of an ONNX file for one timestep: {@code x [1, batch, d]} and {@code h0}, {@code c0}
 * {@code [1, batch, h]} of each layer to {@code logits [batch, labels]}, {@code next_h0} and {@code
 * next_c0}. Field numbers are those of onnx.proto.
 */
final class OnnxModel {
  private static final int FLOAT = 1;
  private static final int INT64 = 7;

  /** A protobuf message that is being written. */
  private static final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

    Message number(int field, long value) {
      return write(() -> out.writeInt64(field, value));
    }

    Message text(int field, String... values) {
      for (String value : values) {
        write(() -> out.writeString(field, value));
      }
      return this;
    }

    Message bytes(int field, byte[] value) {
      return write(() -> out.writeByteArray(field, value));
    }

    Message message(int field, Message value) {
      return bytes(field, value.toByteArray());
    }

    byte[] toByteArray() {
      write(out::flush);
      return bytes.toByteArray();
    }

    private interface Writing {
      void run() throws IOException;
    }

    private Message write(Writing writing) {
      try {
        writing.run();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return this;
    }
  }

  private OnnxModel() {}

  static byte[] of(Case of) {
    Parameters parameters = Parameters.of(of);
    Message graph = new Message().text(2, "step");
    value(graph, 11, "x", 1, of.batch(), of.d());
    String below = "x";
    for (int k = 0; k < of.layers(); k++) {
      layer(graph, of, k, parameters.layers().get(k), below);
      below = "next_h" + k;
    }
    tensor(graph, "axes", INT64, longs(0), 1);
    tensor(graph, "weight", FLOAT, floats(parameters.output()), of.labels(), of.h());
    tensor(graph, "bias", FLOAT, floats(parameters.outputBias()), of.labels());
    graph.message(1, node("Squeeze", "top", below, "axes"));
    graph.message(
        1, node("Gemm", "logits", "top", "weight", "bias").message(5, number("transB", 1)));
    value(graph, 12, "logits", of.batch(), of.labels());
    Message operators = new Message().text(1, "").number(2, 17);
    return new Message().number(1, 8).message(7, graph).message(8, operators).toByteArray();
  }

  private static void layer(Message graph, Case of, int k, Parameters.Layer layer, String below) {
    int h = of.h();
    int rows = of.blocks() * h;
    // where PyTorch has i, f, g, o and r, z, n
    int[] order = of.lstm() ? new int[] {0, 3, 1, 2} : new int[] {1, 0, 2};
    float[] biases = new float[2 * rows];
    System.arraycopy(ordered(layer.biasIh(), order), 0, biases, 0, rows);
    System.arraycopy(ordered(layer.biasHh(), order), 0, biases, rows, rows);
    byte[] ih = floats(ordered(layer.weightIh(), order));
    byte[] hh = floats(ordered(layer.weightHh(), order));
    tensor(graph, "W" + k, FLOAT, ih, 1, rows, of.inputs(k));
    tensor(graph, "R" + k, FLOAT, hh, 1, rows, h);
    tensor(graph, "B" + k, FLOAT, floats(biases), 1, biases.length);
    value(graph, 11, "h" + k, 1, of.batch(), h);
    value(graph, 12, "next_h" + k, 1, of.batch(), h);
    Message node = new Message().text(1, below, "W" + k, "R" + k, "B" + k, "", "h" + k);
    if (of.lstm()) {
      value(graph, 11, "c" + k, 1, of.batch(), h);
      value(graph, 12, "next_c" + k, 1, of.batch(), h);
      node.text(1, "c" + k).text(2, "", "next_h" + k, "next_c" + k).text(4, "LSTM");
    } else {
      node.text(2, "", "next_h" + k).text(4, "GRU").message(5, number("linear_before_reset", 1));
    }
    graph.message(1, node.message(5, number("hidden_size", h)));
  }

  /** Blocks in another order. */
  static float[] ordered(float[] blocks, int... order) {
    float[] ordered = new float[blocks.length];
    int size = blocks.length / order.length;
    for (int i = 0; i < order.length; i++) {
      System.arraycopy(blocks, order[i] * size, ordered, i * size, size);
    }
    return ordered;
  }

  private static Message node(String operator, String output, String... inputs) {
    return new Message().text(1, inputs).text(2, output).text(4, operator);
  }

  private static Message number(String name, long value) {
    return new Message().text(1, name).number(3, value).number(20, 2);
  }

  private static void tensor(Message graph, String name, int type, byte[] data, long... shape) {
    Message tensor = new Message();
    for (long size : shape) {
      tensor.number(1, size);
    }
    graph.message(5, tensor.number(2, type).text(8, name).bytes(9, data));
  }

  /** An input or an output of the graph. */
  private static void value(Message graph, int field, String name, long... sizes) {
    Message shape = new Message();
    for (long size : sizes) {
      shape.message(1, new Message().number(1, size));
    }
    Message type = new Message().number(1, FLOAT).message(2, shape);
    graph.message(field, new Message().text(1, name).message(2, new Message().message(1, type)));
  }

  private static byte[] floats(float[] values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return buffer.array();
  }

  private static byte[] longs(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }
}
