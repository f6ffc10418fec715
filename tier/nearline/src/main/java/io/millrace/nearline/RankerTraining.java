// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.log.RankerWeights;
import io.millrace.core.log.Topic;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

import java.time.Instant;

/** Learns the weights of each strategy's ranker, and publishes them a moment after the first of a burst of examples. */
final class RankerTraining extends KeyedProcessFunction<String, Example, Outgoing> {

  private static final long serialVersionUID = 1L;

  /** Weights move little from example to example, so a burst of them makes one record. */
  private static final long GATHER_MILLIS = 200;

  @SuppressWarnings("NullAway.Init") // set in open
  private transient JsonState<Ranker> state;

  /**
   * One strategy's ranker.
   *
   * @param millis time of the last example, since the epoch
   * @param waiting whether it is about to be published
   */
  record Ranker(FtrlProximal.Learned learned, long millis, boolean waiting) {
    static final Ranker NEW = new Ranker(FtrlProximal.Learned.NOTHING, 0, false);
  }

  @Override
  public void open(OpenContext context) {
    state = new JsonState<>(getRuntimeContext(), "ranker", Ranker.class);
  }

  @Override
  public void processElement(Example example, Context context, Collector<Outgoing> out) throws Exception {
    Ranker before = state.getOr(Ranker.NEW);
    if (!before.waiting()) {
      long now = context.timerService().currentProcessingTime();
      context.timerService().registerProcessingTimeTimer(now + GATHER_MILLIS);
    }
    FtrlProximal.Learned learned =
        FtrlProximal.DEFAULT.learn(before.learned(), example.features(), example.clicked());
    state.set(new Ranker(learned, Math.max(before.millis(), example.millis()), true));
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<Outgoing> out) throws Exception {
    Ranker ranker = state.getOr(Ranker.NEW);
    state.set(new Ranker(ranker.learned(), ranker.millis(), false));
    String strategy = context.getCurrentKey();
    out.collect(
        Outgoing.of(
            Topic.RANKER,
            strategy,
            new RankerWeights(
                strategy,
                FtrlProximal.DEFAULT.weights(ranker.learned()),
                ranker.learned().examples(),
                Instant.ofEpochMilli(ranker.millis()))));
  }
}
