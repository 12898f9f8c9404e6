package dev.eddy.operators.stream;

import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.Types;
import dev.eddy.serialization.Window;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Cuts each sequence into windows of T events. Input: events, keyed by {@link Event#sequence}.
 * Output: a window when it has T events or its sequence ends. At the end of the input the open
 * windows follow, ordered by the time of their first event, then by sequence.
 *
 * <p>A bare {@code end} closes the window and is not in it; the window may then be empty.
 *
 * <p>A classifier learns from the window with which a sequence ends. So that its gradient flows
 * back T events at least, T events leave when 2 T are there: the last window has T to 2 T - 1, or
 * all of its sequence. The label of a bare {@code end} is given to the last event.
 *
 * <p>A bidirectional network has to see all of a sequence: its window is what {@link
 * SequenceOperator} tags at once. For it, and for a classifier, a sequence ends after {@code
 * max-sequence-events}, where it is tagged as if it ended, and open windows end with the input.
 * Here it ends when one more comes, since a bare {@code end} may come with its label.
 *
 * <p>A checkpoint may hold open windows that were meant to become longer than they may be now: they
 * follow in pieces as soon as their sequence goes on.
 */
public final class WindowingOperator extends AbstractStreamOperator<Window>
    implements OneInputStreamOperator<Event, Window>, BoundedOneInput {
  private static final ListStateDescriptor<Event> EVENTS =
      new ListStateDescriptor<>("events", Types.EVENT);
  private static final ValueStateDescriptor<Integer> SIZE =
      new ValueStateDescriptor<>("size", BasicTypeInfo.INT_TYPE_INFO);
  private static final ValueStateDescriptor<Integer> GONE =
      new ValueStateDescriptor<>("gone", BasicTypeInfo.INT_TYPE_INFO);
  private static final Comparator<Window> OLDEST_FIRST =
      Comparator.<Window>comparingLong(window -> window.events().get(0).time())
          .thenComparing(Window::sequence);

  // configuration

  private final int length;
  private final int most;
  private final int maxSequenceEvents;
  private final boolean classifies;
  private final boolean bidirectional;

  // runtime

  private transient ListState<Event> events;
  private transient ValueState<Integer> size;

  /** Events of a sequence, or part of one, that left before those kept; null for none. */
  private transient ValueState<Integer> gone;

  /**
   * @param config of the model that learns
   */
  public WindowingOperator(ModelConfig config, TrainingOptions options) {
    this.length = options.length(config);
    this.most = options.trainer(config).window();
    this.maxSequenceEvents = options.maxSequenceEvents();
    this.classifies = config.isClassifier();
    this.bidirectional = config.bidirectional();
  }

  // lifecycle

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    events = context.getKeyedStateStore().getListState(EVENTS);
    size = context.getKeyedStateStore().getState(SIZE);
    gone = context.getKeyedStateStore().getState(GONE);
  }

  @Override
  public void processElement(StreamRecord<Event> record) throws Exception {
    Event event = record.getValue();
    boolean whole = classifies || bidirectional;
    int now = orZero(size.value());
    if (event.hasInput()) {
      if (whole && now > 0 && orZero(gone.value()) + now >= maxSequenceEvents) {
        leave(record, now, true);
        now = 0;
      }
      events.add(event);
      now++;
    }
    if (now < (whole ? most + 1 : most) && !event.end()) {
      size.update(now);
    } else {
      leave(record, now, event.end());
    }
  }

  /**
   * Lets the open window of the record's sequence leave, or what of it may.
   *
   * @param now its events
   * @param end whether a sequence, or part of one, ends with it
   */
  private void leave(StreamRecord<Event> record, int now, boolean end) throws Exception {
    Event event = record.getValue();
    List<Event> window = new ArrayList<>(now);
    events.get().forEach(window::add);
    events.clear();
    size.clear();
    if (classifies && !event.hasInput() && event.label() != Event.NO_LABEL && now > 0) {
      window.set(now - 1, window.get(now - 1).labelled(event.label()));
    }
    List<Window> pieces = new Window(event.sequence(), window, end).pieces(length, most);
    Window last = pieces.remove(pieces.size() - 1);
    pieces.forEach(piece -> output.collect(record.replace(piece)));
    boolean waits = classifies && !bidirectional;
    if (end || (last.events().size() == length && !waits)) {
      output.collect(record.replace(last));
      gone.clear();
    } else {
      int left = last.events().size();
      events.update(last.events());
      size.update(left);
      if (waits) {
        gone.update(orZero(gone.value()) + now - left);
      }
    }
  }

  private static int orZero(Integer value) {
    return value == null ? 0 : value;
  }

  @Override
  public void endInput() throws Exception {
    List<Window> open = new ArrayList<>();
    getKeyedStateBackend()
        .applyToAllKeys(
            VoidNamespace.INSTANCE,
            VoidNamespaceSerializer.INSTANCE,
            EVENTS,
            (sequence, state) -> {
              List<Event> window = new ArrayList<>();
              state.get().forEach(window::add);
              open.add(new Window((String) sequence, window, classifies || bidirectional));
              state.clear();
              size.clear();
              gone.clear();
            });
    open.sort(OLDEST_FIRST);
    for (Window window : open) {
      for (Window piece : window.pieces(length, most)) {
        long time = piece.events().get(piece.events().size() - 1).time();
        output.collect(new StreamRecord<>(piece, time));
      }
    }
  }
}
