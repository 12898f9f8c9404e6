package dev.eddy.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.accumulators.IntCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFilterFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;

/** The cluster runs what is built in its environment, and is gone afterwards. */
final class LocalFlinkTest {
  @Test
  void runsAJobAndLeavesNothingBehind() throws Exception {
    LocalFlink flink = new LocalFlink(2);
    try (flink) {
      var environment = StreamExecutionEnvironment.getExecutionEnvironment();
      environment.setParallelism(2);
      environment.fromSequence(1, 1000).filter(new CountEven()).sinkTo(new DiscardingSink<>());
      var result = flink.submit(environment).getJobExecutionResult().get(30, TimeUnit.SECONDS);
      assertEquals(500, result.<Integer>getAccumulatorResult("even"));
    }
    assertFalse(Files.exists(flink.folder()));
  }

  @Test
  void canBeClosedAsSoonAsItRuns() throws Exception {
    for (int i = 0; i < 3; i++) {
      LocalFlink flink = new LocalFlink(1);
      flink.close();
      assertFalse(Files.exists(flink.folder()));
    }
  }

  private static final class CountEven extends RichFilterFunction<Long> {
    private static final long serialVersionUID = 1;

    private final IntCounter even = new IntCounter();

    @Override
    public void open(OpenContext context) {
      getRuntimeContext().addAccumulator("even", even);
    }

    @Override
    public boolean filter(Long value) {
      boolean isEven = value % 2 == 0;
      if (isEven) {
        even.add(1);
      }
      return isEven;
    }
  }
}
