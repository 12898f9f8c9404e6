package dev.eddy.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.eddy.bench.Case;
import dev.eddy.bench.EventStep;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** ONNX Runtime as it is usually called, for an event: tensors from arrays, a run, arrays. */
final class OnnxRuntimeEvents implements EventStep {
  private final Case of;
  private final OrtSession session;

  OnnxRuntimeEvents(Case of) throws OrtException {
    this.of = of;
    this.session = OnnxRuntime.session(of);
  }

  @Override
  public float[] step(float[] x, float[] state, float[] next) throws OrtException {
    Map<String, OnnxTensor> inputs = new HashMap<>();
    try {
      inputs.put("x", tensor(x, 0, of.d()));
      for (int k = 0; k < of.layers(); k++) {
        inputs.put("h" + k, tensor(state, 2 * k * of.h(), of.h()));
        inputs.put("c" + k, tensor(state, (2 * k + 1) * of.h(), of.h()));
      }
      try (OrtSession.Result result = session.run(inputs)) {
        for (int k = 0; k < of.layers(); k++) {
          buffer(result, "next_h" + k).get(next, 2 * k * of.h(), of.h());
          buffer(result, "next_c" + k).get(next, (2 * k + 1) * of.h(), of.h());
        }
        return buffer(result, "logits").array();
      }
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  private static OnnxTensor tensor(float[] values, int from, int count) throws OrtException {
    return OnnxTensor.createTensor(
        OrtEnvironment.getEnvironment(),
        FloatBuffer.wrap(Arrays.copyOfRange(values, from, from + count)),
        new long[] {1, 1, count});
  }

  private static FloatBuffer buffer(OrtSession.Result result, String name) {
    return ((OnnxTensor) result.get(name).orElseThrow()).getFloatBuffer();
  }

  @Override
  public void close() {
    OnnxRuntimePinned.close(session);
  }
}
