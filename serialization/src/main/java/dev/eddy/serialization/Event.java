package dev.eddy.serialization;

import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * One timestep of one sequence.
 *
 * @param sequence the key: a device, a session, a document
 * @param token the text of this timestep, null where the model reads numbers or the event is a bare
 *     {@code end}
 * @param features {@code [input]}, null where the model reads text or the event is a bare {@code
 *     end}
 * @param label row of the output that is right, or {@link #NO_LABEL}
 * @param time epoch milliseconds
 * @param end the sequence ends with this event
 */
@TypeInfo(Types.Factory.class)
public record Event(
    String sequence, String token, float[] features, int label, long time, boolean end) {

  public static final int NO_LABEL = -1;

  /** False for a bare {@code end}: it steps no state and gets no tag. */
  public boolean hasInput() {
    return token != null || features != null;
  }

  /** Itself with another label. */
  public Event labelled(int other) {
    return new Event(sequence, token, features, other, time, end);
  }

  /** Itself where it ends its sequence. */
  public Event ended() {
    return new Event(sequence, token, features, label, time, true);
  }
}
