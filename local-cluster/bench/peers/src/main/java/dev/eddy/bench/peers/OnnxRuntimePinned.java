package dev.eddy.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.eddy.bench.Case;
import dev.eddy.bench.Contestant;
import dev.eddy.bench.Parameters;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * ONNX Runtime with all tensors made once, in direct buffers: a step reads one pair of h and c and
 * writes the other, the next step the other way round, so that nothing is copied.
 */
final class OnnxRuntimePinned implements Contestant {
  OnnxRuntimePinned() {}

  @Override
  public String version() {
    return OrtEnvironment.getEnvironment().getVersion();
  }

  @Override
  public Run prepare(Case of) throws Exception {
    return new Calls(of, OnnxRuntime.session(of));
  }

  static void close(OrtSession session) {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Calls implements Run {
    private final Case of;
    private final OrtSession session;
    private final List<OnnxTensor> tensors = new ArrayList<>();
    private final FloatBuffer x;
    private final FloatBuffer logits;

    /** Of steps with an even and with an odd number. */
    private final List<Map<String, OnnxTensor>> inputs = List.of(new HashMap<>(), new HashMap<>());

    private final List<Map<String, OnnxTensor>> outputs = List.of(new HashMap<>(), new HashMap<>());
    private int turn;

    Calls(Case of, OrtSession session) throws OrtException {
      this.of = of;
      this.session = session;
      this.x = direct(of.batch() * of.d());
      this.logits = direct(of.batch() * of.labels());
      OnnxTensor xs = tensor(x, 1, of.batch(), of.d());
      OnnxTensor scores = tensor(logits, of.batch(), of.labels());
      for (int i = 0; i < 2; i++) {
        inputs.get(i).put("x", xs);
        outputs.get(i).put("logits", scores);
      }
      for (String name : session.getInputNames()) {
        if (!name.equals("x")) {
          for (int i = 0; i < 2; i++) {
            OnnxTensor state = tensor(direct(of.batch() * of.h()), 1, of.batch(), of.h());
            inputs.get(i).put(name, state);
            outputs.get(1 - i).put("next_" + name, state);
          }
        }
      }
    }

    private static FloatBuffer direct(int floats) {
      return ByteBuffer.allocateDirect(4 * floats).order(ByteOrder.nativeOrder()).asFloatBuffer();
    }

    private OnnxTensor tensor(FloatBuffer buffer, long... shape) throws OrtException {
      OnnxTensor tensor = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), buffer, shape);
      tensors.add(tensor);
      return tensor;
    }

    @Override
    public float[] outputs() throws Exception {
      float[] all = new float[Parameters.COMPARED * logits.capacity()];
      for (int t = 0; t < Parameters.COMPARED; t++) {
        x.put(0, Parameters.x(of, t));
        run();
        logits.get(0, all, t * logits.capacity(), logits.capacity());
      }
      return all;
    }

    @Override
    public void run() throws Exception {
      session.run(inputs.get(turn), outputs.get(turn)).close();
      turn = 1 - turn;
    }

    @Override
    public void close() {
      tensors.forEach(OnnxTensor::close);
      close(session);
    }

    private static void close(OrtSession session) {
      OnnxRuntimePinned.close(session);
    }
  }
}
