package dev.eddy.operators.stream;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.lib.util.IteratorSourceReader;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.util.NumberSequenceIterator;

/**
 * The numbers {@code [0, count)} from one split. After every {@code stride} numbers it waits until
 * a checkpoint that covers them has completed; without checkpoints it waits for ever.
 */
final class GatedNumbers extends NumberSequenceSource {
  private final int stride;

  GatedNumbers(int count, int stride) {
    super(0, count - 1);
    this.stride = stride;
  }

  @Override
  public SourceReader<Long, NumberSequenceSplit> createReader(SourceReaderContext context) {
    return new Reader(context, stride);
  }

  @SuppressWarnings("try")
  private static final class Reader
      extends IteratorSourceReader<Long, NumberSequenceIterator, NumberSequenceSplit> {
    private final int stride;
    private final Map<Long, Long> positions = new HashMap<>();
    private CompletableFuture<Void> opened = new CompletableFuture<>();
    private long gate = -1;

    Reader(SourceReaderContext context, int stride) {
      super(context);
      this.stride = stride;
    }

    @Override
    public InputStatus pollNext(ReaderOutput<Long> output) {
      return waits() ? InputStatus.NOTHING_AVAILABLE : super.pollNext(output);
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
      return waits() ? opened : super.isAvailable();
    }

    private boolean waits() {
      if (iterator == null || !iterator.hasNext()) {
        return false;
      }
      if (gate < 0) {
        gate = iterator.getCurrent() / stride * stride + stride;
      }
      return iterator.getCurrent() >= gate;
    }

    @Override
    public List<NumberSequenceSplit> snapshotState(long checkpointId) {
      if (iterator != null) {
        positions.put(checkpointId, iterator.getCurrent());
      }
      return super.snapshotState(checkpointId);
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
      Long covered = positions.remove(checkpointId);
      if (covered != null && gate >= 0 && covered >= gate) {
        gate += stride;
        opened.complete(null);
        opened = new CompletableFuture<>();
      }
    }
  }
}
