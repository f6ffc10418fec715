// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.event.ItemFeatures;
import io.millrace.core.event.UseSignal;
import io.millrace.core.log.Topic;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** Follows each document: how often it is shown and opened, what it is opened together with, how it is rated, of what use it is. */
final class ItemProfiles extends KeyedProcessFunction<String, ItemChange, Outgoing> {

  private static final long serialVersionUID = 1L;
  private static final Decay POPULARITY = new Decay(Duration.ofDays(1));
  private static final Decay CO_VISITS = new Decay(Duration.ofDays(7));
  private static final Decay USE = new Decay(Duration.ofDays(ItemFeatures.USE_HALF_LIFE_DAYS));
  private static final int MOST_CO_VISITS = 50;
  private static final int MOST_TENANTS = 100;

  @SuppressWarnings("NullAway.Init") // set in open
  private transient JsonState<ItemFeatures> features;

  @Override
  public void open(OpenContext context) {
    features = new JsonState<>(getRuntimeContext(), "features", ItemFeatures.class);
  }

  @Override
  public void processElement(ItemChange change, Context context, Collector<Outgoing> out) throws Exception {
    String document = context.getCurrentKey();
    ItemFeatures before =
        features.getOr(new ItemFeatures(document, 0, 0, 0, Map.of(), 0, Instant.ofEpochMilli(change.millis())));
    ItemFeatures after = after(before, change);
    features.set(after);
    out.collect(Outgoing.of(Topic.ITEM_FEATURES, document, after));
  }

  static ItemFeatures after(ItemFeatures before, ItemChange change) {
    Instant at = Instant.ofEpochMilli(change.millis());
    Instant now = Decay.later(before.updatedAt(), at);
    boolean click = change.kind() == ItemChange.Kind.CLICK;
    boolean coVisit = change.kind() == ItemChange.Kind.CO_VISIT;
    return new ItemFeatures(
        before.document(),
        before.clicks() + (click ? 1 : 0),
        before.exposures() + (change.kind() == ItemChange.Kind.EXPOSURE ? 1 : 0),
        POPULARITY.worth(before.popularity(), before.updatedAt(), now) + (click ? POPULARITY.worth(1, at, now) : 0),
        CO_VISITS.add(
            before.coVisits(), before.updatedAt(), change.other(), coVisit ? change.amount() : 0, at, MOST_CO_VISITS),
        before.rating() + (change.kind() == ItemChange.Kind.RATING ? change.amount() : 0),
        USE.worth(before.use(), before.updatedAt(), now) + USE.worth(use(change), at, now),
        USE.add(before.useByTenant(), before.updatedAt(), change.tenant(), use(change), at, MOST_TENANTS),
        now);
  }

  private static double use(ItemChange change) {
    return switch (change.kind()) {
      case CLICK -> UseSignal.OPENED.worth(change.amount());
      case RATING, CREDIT -> UseSignal.RATED.worth(change.amount());
      case FOUND -> UseSignal.FOUND.worth(change.amount());
      case CITED -> UseSignal.CITED.worth(change.amount());
      case EXPOSURE, CO_VISIT -> 0;
    };
  }
}
