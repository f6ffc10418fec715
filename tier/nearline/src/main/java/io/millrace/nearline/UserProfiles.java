// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.document.Labels;
import io.millrace.core.event.Event;
import io.millrace.core.event.UseSignal;
import io.millrace.core.event.UserFeatures;
import io.millrace.core.json.Json;
import io.millrace.core.log.Topic;
import io.millrace.nearline.ItemChange.Kind;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

import java.time.Duration;

/**
 * Follows each user: counts every event once, however often it is appended, keeps the user's features, and passes on
 * what the event means for documents and for the ranker.
 */
final class UserProfiles extends FollowingFunction {

  private static final long serialVersionUID = 1L;

  static final OutputTag<ItemChange> ITEM_CHANGES =
      new OutputTag<>("item-changes", TypeInformation.of(ItemChange.class));
  static final OutputTag<TrainingEvent> TRAINING =
      new OutputTag<>("training", TypeInformation.of(TrainingEvent.class));

  /** An event that is appended again comes within minutes; to remember it longer is only caution. */
  private static final Duration REMEMBER_IDS = Duration.ofDays(7);

  /** Of a search's documents, those further down are hardly looked at. */
  private static final int LOOKED_AT = 10;

  @SuppressWarnings("NullAway.Init") // set in open
  private transient JsonState<UserMemory> memory;

  @SuppressWarnings("NullAway.Init") // set in open
  private transient MapState<String, Boolean> seen;

  @SuppressWarnings("NullAway.Init") // set in open
  private transient MapState<String, Double> ratings;

  @Override
  public void open(OpenContext context) {
    memory = new JsonState<>(getRuntimeContext(), "memory", UserMemory.class);
    MapStateDescriptor<String, Boolean> ids = new MapStateDescriptor<>("seen", Types.STRING, Types.BOOLEAN);
    ids.enableTimeToLive(StateTtlConfig.newBuilder(REMEMBER_IDS).build());
    seen = getRuntimeContext().getMapState(ids);
    ratings = getRuntimeContext().getMapState(new MapStateDescriptor<>("ratings", Types.STRING, Types.DOUBLE));
  }

  @Override
  void process(Incoming record, Context context, Collector<Outgoing> out) throws Exception {
    Event event;
    try {
      if (record.value() == null) {
        throw new IllegalArgumentException("an event has no value");
      }
      event = Json.read(record.value(), Event.class);
      if (event.id() == null || event.at() == null) {
        throw new IllegalArgumentException("an event needs an id and a time");
      }
    } catch (RuntimeException e) {
      out.collect(Outgoing.deadLetter(Topic.EVENTS, record, e));
      return;
    }
    if (seen.contains(event.id())) {
      return;
    }
    seen.put(event.id(), true);
    UserMemory before = memory.getOr(UserMemory.of(record.key()));
    UserMemory after = before;
    switch (event) {
      case Event.Clicked clicked -> {
        for (String other : before.sessionBefore(clicked)) {
          tell(context, clicked.document(), Kind.CO_VISIT, other, 1, event);
          tell(context, other, Kind.CO_VISIT, clicked.document(), 1, event);
        }
        tell(context, clicked.document(), Kind.CLICK, "", 1, event);
        if (clicked.exposure() != null) {
          context.output(TRAINING, new TrainingEvent(clicked.exposure(), record.value()));
        }
        after = before.clicked(clicked);
      }
      case Event.Exposed exposed -> {
        for (Event.Exposed.Item item : exposed.items()) {
          tell(context, item.document(), Kind.EXPOSURE, "", 1, event);
        }
        context.output(TRAINING, new TrainingEvent(exposed.id(), record.value()));
        after = before.exposed(exposed);
      }
      case Event.Rated rated -> {
        Double earlier = ratings.get(rated.target());
        ratings.put(rated.target(), rated.value());
        double change = rated.value() - (earlier == null ? 0 : earlier);
        if (before.isAnswer(rated.target())) {
          for (String document : before.citedBy(rated.target())) {
            tell(context, document, Kind.CREDIT, "", change, event);
          }
        } else {
          tell(context, rated.target(), Kind.RATING, "", change, event);
        }
        after = before.rated(rated, earlier == null ? 0 : earlier);
      }
      case Event.Answered answered -> {
        for (String document : UserMemory.cited(answered)) {
          tell(context, document, Kind.CITED, "", 1, event);
        }
        after = before.answered(answered);
      }
      case Event.Searched searched -> {
        int rank = 1;
        for (String document : searched.documents().stream().limit(LOOKED_AT).toList()) {
          tell(context, document, Kind.FOUND, "", UseSignal.discount(rank++), event);
        }
      }
      case Event.Judged judged -> { }
      case Event.Grounded grounded -> { }
    }
    if (!after.equals(before)) {
      memory.set(after);
    }
    UserFeatures features = after.features();
    // What one client without an identity does must not change what all the others are shown.
    if (!features.equals(before.features()) && !UserMemory.isNobody(record.key())) {
      out.collect(Outgoing.of(Topic.USER_FEATURES, record.key(), features));
    }
  }

  private static void tell(
      Context context, String document, Kind kind, String other, double amount, Event event) {
    context.output(ITEM_CHANGES, new ItemChange(document, kind, other, amount, Labels.tenantOf(event.user()), event.at().toEpochMilli()));
  }
}
