package dev.eddy.bench.peers;

import static org.bytedeco.dnnl.global.dnnl.*;

import dev.eddy.bench.Case;
import dev.eddy.bench.Contestant;
import dev.eddy.bench.Parameters;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.inner_product_forward;
import org.bytedeco.dnnl.lbr_gru_forward;
import org.bytedeco.dnnl.lstm_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.FloatPointer;

/**
 * oneDNN in float32: one primitive for each layer, with its weights in the layout that it likes
 * best, and one for the output. A step reads one pair of h and c and writes the other.
 */
final class OneDnn implements Contestant {
  OneDnn() {}

  @Override
  public String version() {
    var version = dnnl_version();
    return version.major() + "." + version.minor() + "." + version.patch();
  }

  @Override
  public Run prepare(Case of) {
    if (!of.name().equals(Case.STEP)) {
      throw new UnsupportedOperationException("onednn runs only steps");
    }
    return new Step(of);
  }

  /** A primitive with what it reads and writes in steps with an even and with an odd number. */
  private record Call(primitive work, IntMemoryMap even, IntMemoryMap odd) {}

  private static final class Step implements Run {
    private final Case of;
    private final engine cpu = new engine(engine.kind.cpu, 0);
    private final stream queue = new stream(cpu);
    private final List<Call> calls = new ArrayList<>();
    private final FloatPointer x;
    private final FloatPointer logits;

    /** What the memories lie in, and what must not be freed before them. */
    private final List<Object> kept = new ArrayList<>();

    private boolean odd;

    Step(Case of) {
      this.of = of;
      Parameters parameters = Parameters.of(of);
      x = new FloatPointer((long) of.batch() * of.d());
      logits = new FloatPointer((long) of.batch() * of.labels());
      FloatPointer below = x;
      for (int k = 0; k < of.layers(); k++) {
        below = layer(k, parameters.layers().get(k), below);
      }
      var source = described(format_tag.nc, of.batch(), of.h());
      var target = described(format_tag.nc, of.batch(), of.labels());
      var weights = described(format_tag.any, of.labels(), of.h());
      var bias = described(format_tag.x, of.labels());
      var made =
          new inner_product_forward.primitive_desc(
              cpu, dnnl_forward_inference, source, weights, bias, target);
      kept.add(made);
      var given = described(format_tag.oi, of.labels(), of.h());
      IntMemoryMap arguments = new IntMemoryMap();
      arguments.put(DNNL_ARG_SRC, at(source, below));
      arguments.put(DNNL_ARG_DST, at(target, logits));
      arguments.put(DNNL_ARG_WEIGHTS, ordered(at(given, parameters.output()), made.weights_desc()));
      arguments.put(DNNL_ARG_BIAS, at(bias, parameters.outputBias()));
      calls.add(new Call(new inner_product_forward(made), arguments, arguments));
    }

    /** Returns where the layer writes what the next one reads. */
    private FloatPointer layer(int k, Parameters.Layer layer, FloatPointer below) {
      int h = of.h();
      // where PyTorch has r, z, n; an LSTM has i, f, g, o in both
      int[] order = of.lstm() ? new int[] {0, 1, 2, 3} : new int[] {1, 0, 2};
      float[] biases = biases(layer, order);
      var source = described(format_tag.tnc, 1, of.batch(), of.inputs(k));
      var target = described(format_tag.tnc, 1, of.batch(), h);
      var state = described(format_tag.ldnc, 1, 1, of.batch(), h);
      var ih = described(format_tag.any, 1, 1, of.inputs(k), of.blocks(), h);
      var hh = described(format_tag.any, 1, 1, h, of.blocks(), h);
      var bias = described(format_tag.ldgo, 1, 1, biases.length / h, h);
      memory.desc likedIh;
      memory.desc likedHh;
      primitive work;
      if (of.lstm()) {
        var made =
            new lstm_forward.primitive_desc(
                cpu,
                dnnl_forward_inference,
                dnnl_unidirectional_left2right,
                source,
                state,
                state,
                ih,
                hh,
                bias,
                target,
                state,
                state);
        kept.add(made);
        likedIh = made.weights_layer_desc();
        likedHh = made.weights_iter_desc();
        work = new lstm_forward(made);
      } else {
        var made =
            new lbr_gru_forward.primitive_desc(
                cpu,
                dnnl_forward_inference,
                dnnl_unidirectional_left2right,
                source,
                state,
                ih,
                hh,
                bias,
                target,
                state);
        kept.add(made);
        likedIh = made.weights_layer_desc();
        likedHh = made.weights_iter_desc();
        work = new lbr_gru_forward(made);
      }
      memory weightIh = ordered(weights(layer.weightIh(), of.inputs(k), order), likedIh);
      memory weightHh = ordered(weights(layer.weightHh(), h, order), likedHh);
      memory biasAt = at(bias, biases);
      FloatPointer top = new FloatPointer((long) of.batch() * h);
      memory[] states = new memory[4];
      for (int i = 0; i < states.length; i++) {
        states[i] = at(state, new float[of.batch() * h]);
      }
      IntMemoryMap[] turns = {new IntMemoryMap(), new IntMemoryMap()};
      for (int turn = 0; turn < 2; turn++) {
        turns[turn].put(DNNL_ARG_SRC_LAYER, at(source, below));
        turns[turn].put(DNNL_ARG_DST_LAYER, at(target, top));
        turns[turn].put(DNNL_ARG_SRC_ITER, states[turn]);
        turns[turn].put(DNNL_ARG_DST_ITER, states[1 - turn]);
        if (of.lstm()) {
          turns[turn].put(DNNL_ARG_SRC_ITER_C, states[2 + turn]);
          turns[turn].put(DNNL_ARG_DST_ITER_C, states[3 - turn]);
        }
        turns[turn].put(DNNL_ARG_WEIGHTS_LAYER, weightIh);
        turns[turn].put(DNNL_ARG_WEIGHTS_ITER, weightHh);
        turns[turn].put(DNNL_ARG_BIAS, biasAt);
      }
      calls.add(new Call(work, turns[0], turns[1]));
      return top;
    }

    /** Of an LSTM one for each block; of a GRU two for n, the second inside the reset. */
    private float[] biases(Parameters.Layer layer, int... order) {
      float[] ofX = OnnxModel.ordered(layer.biasIh(), order);
      float[] ofH = OnnxModel.ordered(layer.biasHh(), order);
      int rows = of.blocks() * of.h();
      int summed = of.lstm() ? rows : 2 * of.h();
      float[] biases = new float[4 * of.h()];
      for (int i = 0; i < rows; i++) {
        biases[i] = ofX[i] + (i < summed ? ofH[i] : 0);
      }
      for (int i = summed; i < rows; i++) {
        biases[i + of.h()] = ofH[i];
      }
      return biases;
    }

    private memory weights(float[] values, int inputs, int... order) {
      var given = described(format_tag.ldgoi, 1, 1, inputs, of.blocks(), of.h());
      return at(given, OnnxModel.ordered(values, order));
    }

    private memory.desc described(format_tag layout, long... sizes) {
      memory.desc described = new memory.desc(sizes, memory.data_type.f32, layout);
      kept.add(described);
      return described;
    }

    private memory at(memory.desc described, float... values) {
      return at(described, new FloatPointer(values));
    }

    private memory at(memory.desc described, FloatPointer values) {
      memory made = new memory(described, cpu, values);
      kept.add(values);
      kept.add(made);
      return made;
    }

    /** The same weights in another layout. */
    private memory ordered(memory given, memory.desc liked) {
      memory ordered = new memory(liked, cpu);
      new reorder(given, ordered).execute(queue, given, ordered);
      queue._wait();
      kept.add(ordered);
      return ordered;
    }

    @Override
    public float[] outputs() {
      int size = of.batch() * of.labels();
      float[] all = new float[Parameters.COMPARED * size];
      for (int t = 0; t < Parameters.COMPARED; t++) {
        x.put(Parameters.x(of, t));
        run();
        logits.get(all, t * size, size);
      }
      return all;
    }

    @Override
    public void run() {
      for (int i = 0; i < calls.size(); i++) {
        Call call = calls.get(i);
        call.work().execute(queue, odd ? call.odd() : call.even());
      }
      queue._wait();
      odd = !odd;
    }

    @Override
    public void close() {
      kept.clear();
      calls.clear();
    }
  }
}
