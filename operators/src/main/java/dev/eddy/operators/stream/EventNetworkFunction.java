package dev.eddy.operators.stream;

import dev.eddy.operators.cell.EventNetwork;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.Types;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.typeutils.TupleTypeInfo;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Runs an {@link EventNetwork} over keyed events, one at a time: each sequence's memory is keyed
 * state. Input: events, keyed by {@link Event#sequence}. Output: the sequence and what the network
 * says, for each event with which it says something. A sequence's {@code end} drops its memory.
 * Events that the network cannot take go to {@link #REFUSED} with the reason.
 *
 * <p>All of a sequence's memory is read before each of its events and written after it. So where it
 * grows with the sequence, as that of a {@link dev.eddy.operators.cell.Translator} with attention
 * does, n events cost as n². {@code end} is what bounds it.
 */
public final class EventNetworkFunction
    extends KeyedProcessFunction<String, Event, Tuple2<String, float[]>> {
  /** What the output is made of. */
  public static final TypeInformation<Tuple2<String, float[]>> OUTPUT =
      new TupleTypeInfo<>(
          BasicTypeInfo.STRING_TYPE_INFO, PrimitiveArrayTypeInfo.FLOAT_PRIMITIVE_ARRAY_TYPE_INFO);

  /** Events that could not be taken, and why. */
  public static final OutputTag<Tuple2<Event, String>> REFUSED =
      new OutputTag<>("refused", new TupleTypeInfo<>(Types.EVENT, BasicTypeInfo.STRING_TYPE_INFO));

  private static final ListStateDescriptor<float[]> MEMORY =
      new ListStateDescriptor<>("memory", PrimitiveArrayTypeInfo.FLOAT_PRIMITIVE_ARRAY_TYPE_INFO);

  /** Makes the network where it runs. */
  public interface Factory extends Serializable {
    EventNetwork open(Kernel kernel);
  }

  // configuration

  private final Factory factory;

  // runtime

  private transient EventNetwork network;
  private transient ListState<float[]> memories;

  public EventNetworkFunction(Factory factory) {
    this.factory = factory;
  }

  // lifecycle

  @Override
  public void open(OpenContext context) {
    memories = getRuntimeContext().getListState(MEMORY);
    network = factory.open(Kernels.best());
  }

  @Override
  public void processElement(
      Event event, Context context, Collector<Tuple2<String, float[]>> output) throws Exception {
    if (event.hasInput()) {
      take(event, context, output);
    }
    if (event.end()) {
      memories.clear();
    }
  }

  private void take(Event event, Context context, Collector<Tuple2<String, float[]>> output)
      throws Exception {
    List<float[]> memory = new ArrayList<>();
    memories.get().forEach(memory::add);
    float[] said;
    try {
      said = network.next(memory, event);
    } catch (IllegalArgumentException | IndexOutOfBoundsException refused) {
      context.output(REFUSED, Tuple2.of(event, refused.getMessage()));
      return;
    }
    memories.update(memory);
    if (said != null) {
      output.collect(Tuple2.of(event.sequence(), said));
    }
  }

  @Override
  public void close() {
    if (network != null) {
      network.close();
    }
  }
}
