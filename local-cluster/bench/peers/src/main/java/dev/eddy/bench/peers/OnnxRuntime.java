package dev.eddy.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.eddy.bench.Case;
import dev.eddy.bench.Contestant;
import dev.eddy.bench.Parameters;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * ONNX Runtime as it is usually called: tensors from arrays, a run, arrays from its results, for
 * each step.
 */
final class OnnxRuntime implements Contestant {
  OnnxRuntime() {}

  /** A session for the case, that many threads. */
  static OrtSession session(Case of) throws OrtException {
    if (!of.name().equals(Case.STEP)) {
      throw new UnsupportedOperationException("onnxruntime runs only steps");
    }
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(of.threads());
      options.setInterOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      return OrtEnvironment.getEnvironment().createSession(OnnxModel.of(of), options);
    }
  }

  @Override
  public String version() {
    return OrtEnvironment.getEnvironment().getVersion();
  }

  @Override
  public Run prepare(Case of) throws Exception {
    return new Calls(of, session(of));
  }

  private static final class Calls implements Run {
    private final Case of;
    private final OrtSession session;
    private final Map<String, float[]> values = new HashMap<>();
    private final Map<String, long[]> shapes = new HashMap<>();
    private float[] logits;

    Calls(Case of, OrtSession session) {
      this.of = of;
      this.session = session;
      shapes.put("x", new long[] {1, of.batch(), of.d()});
      for (String name : session.getInputNames()) {
        if (!name.equals("x")) {
          shapes.put(name, new long[] {1, of.batch(), of.h()});
          values.put(name, new float[of.batch() * of.h()]);
        }
      }
    }

    @Override
    public float[] outputs() throws Exception {
      FloatBuffer outputs = FloatBuffer.allocate(Parameters.COMPARED * of.batch() * of.labels());
      for (int t = 0; t < Parameters.COMPARED; t++) {
        values.put("x", Parameters.x(of, t));
        run();
        outputs.put(logits);
      }
      return outputs.array();
    }

    @Override
    public void run() throws Exception {
      Map<String, OnnxTensor> inputs = new HashMap<>();
      for (Map.Entry<String, float[]> value : values.entrySet()) {
        inputs.put(
            value.getKey(),
            OnnxTensor.createTensor(
                OrtEnvironment.getEnvironment(),
                FloatBuffer.wrap(value.getValue()),
                shapes.get(value.getKey())));
      }
      try (OrtSession.Result result = session.run(inputs)) {
        for (Map.Entry<String, float[]> value : values.entrySet()) {
          if (!value.getKey().equals("x")) {
            value.setValue(array(result, "next_" + value.getKey()));
          }
        }
        logits = array(result, "logits");
      } finally {
        inputs.values().forEach(OnnxTensor::close);
      }
    }

    private static float[] array(OrtSession.Result result, String name) {
      return ((OnnxTensor) result.get(name).orElseThrow()).getFloatBuffer().array();
    }

    @Override
    public void close() {
      OnnxRuntimePinned.close(session);
    }
  }
}
