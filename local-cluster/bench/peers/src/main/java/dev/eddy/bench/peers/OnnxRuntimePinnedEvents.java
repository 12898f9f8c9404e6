package dev.eddy.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.eddy.bench.Case;
import dev.eddy.bench.EventStep;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * ONNX Runtime with its tensors made once, in direct buffers that each event's state goes through.
 */
final class OnnxRuntimePinnedEvents implements EventStep {
  private final OrtSession session;
  private final Map<String, OnnxTensor> inputs = new HashMap<>();
  private final Map<String, OnnxTensor> outputs = new HashMap<>();
  private final FloatBuffer x;
  private final FloatBuffer logits;

  /** {@code [layers x (h, c)]} */
  private final List<FloatBuffer> before = new ArrayList<>();

  private final List<FloatBuffer> after = new ArrayList<>();

  OnnxRuntimePinnedEvents(Case of) throws OrtException {
    this.session = OnnxRuntime.session(of);
    this.x = tensor(inputs, "x", 1, 1, of.d());
    this.logits = tensor(outputs, "logits", 1, of.labels());
    for (int k = 0; k < of.layers(); k++) {
      for (String part : List.of("h" + k, "c" + k)) {
        before.add(tensor(inputs, part, 1, 1, of.h()));
        after.add(tensor(outputs, "next_" + part, 1, 1, of.h()));
      }
    }
  }

  private static FloatBuffer tensor(Map<String, OnnxTensor> into, String name, long... shape)
      throws OrtException {
    int floats = (int) shape[shape.length - 1];
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(4 * floats).order(ByteOrder.nativeOrder()).asFloatBuffer();
    into.put(name, OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), buffer, shape));
    return buffer;
  }

  @Override
  public float[] step(float[] features, float[] state, float[] next) throws OrtException {
    x.put(0, features);
    int at = 0;
    for (FloatBuffer part : before) {
      part.put(0, state, at, part.capacity());
      at += part.capacity();
    }
    session.run(inputs, outputs).close();
    at = 0;
    for (FloatBuffer part : after) {
      part.get(0, next, at, part.capacity());
      at += part.capacity();
    }
    float[] scores = new float[logits.capacity()];
    logits.get(0, scores);
    return scores;
  }

  @Override
  public void close() {
    inputs.values().forEach(OnnxTensor::close);
    outputs.values().forEach(OnnxTensor::close);
    OnnxRuntimePinned.close(session);
  }
}
