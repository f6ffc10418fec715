// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.event.Event;
import io.millrace.core.json.Json;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Joins what was shown with what was opened. An opened item is a positive example at once; the items above it, which
 * the user has passed over, are negative ones (Joachims, "Optimizing Search Engines using Clickthrough Data", KDD
 * 2002); all others are negative when the list is ten minutes old by the time of the log. An item is used once.
 */
final class ExposureJoin extends KeyedProcessFunction<String, TrainingEvent, Example> {

  private static final long serialVersionUID = 1L;
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  @SuppressWarnings("NullAway.Init") // set in open
  private transient JsonState<Open> state;

  /**
   * A list whose examples are not all known.
   *
   * @param exposed the list; null while only clicks on it have come
   * @param clicked documents that were opened
   * @param decided positions that have become examples
   */
  record Open(Event.@Nullable Exposed exposed, Set<String> clicked, Set<Integer> decided) {
    static final Open NOTHING = new Open(null, Set.of(), Set.of());

    Open with(Event event) {
      return switch (event) {
        case Event.Exposed shown -> new Open(shown, clicked, decided);
        case Event.Clicked click -> {
          Set<String> more = new TreeSet<>(clicked);
          more.add(click.document());
          yield new Open(exposed, more, decided);
        }
        default -> this;
      };
    }
  }

  @Override
  public void open(OpenContext context) {
    state = new JsonState<>(getRuntimeContext(), "open", Open.class);
  }

  @Override
  public void processElement(TrainingEvent training, Context context, Collector<Example> out) throws Exception {
    Event event = Json.read(training.event(), Event.class);
    Open before = state.get();
    if (before == null) {
      Long now = context.timestamp();
      context.timerService().registerEventTimeTimer((now == null ? 0 : now) + PATIENCE.toMillis());
      before = Open.NOTHING;
    }
    Open after = before.with(event);
    int passedOver = -1;
    if (after.exposed() != null) {
      for (Event.Exposed.Item item : after.exposed().items()) {
        if (after.clicked().contains(item.document())) {
          passedOver = Math.max(passedOver, item.position());
        }
      }
    }
    state.set(decide(after, passedOver, event.at().toEpochMilli(), out));
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<Example> out) throws Exception {
    Open last = state.get();
    if (last != null) {
      decide(last, Integer.MAX_VALUE, timestamp, out);
      state.clear();
    }
  }

  /** Emits the examples of all positions up to one that have not been used yet. */
  private static Open decide(Open open, int upTo, long millis, Collector<Example> out) {
    Event.Exposed exposed = open.exposed();
    if (exposed == null) {
      return open;
    }
    Set<Integer> decided = new TreeSet<>(open.decided());
    List<Event.Exposed.Item> items = exposed.items();
    for (Event.Exposed.Item item : items) {
      if (item.position() <= upTo && decided.add(item.position())) {
        out.collect(
            new Example(exposed.strategy(), item.features(), open.clicked().contains(item.document()), millis));
      }
    }
    return new Open(exposed, open.clicked(), decided);
  }
}
