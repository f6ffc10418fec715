// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import io.millrace.core.event.ItemFeatures;
import io.millrace.core.event.UserFeatures;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.LogFollower;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.LogView;
import io.millrace.core.log.RankerWeights;
import io.millrace.core.log.Topic;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Predicate;

/**
 * What behaviour says of users and documents, and the learned ranker weights: the latest values of three topics, in
 * memory. Of users, only those seen or updated last are kept; others count as new until their next event.
 */
public final class FeatureView implements LogView, AutoCloseable {

  private static final int MOST_USERS = 100_000;
  private static final Duration HALF_LIFE = Duration.ofDays(1);

  /** By time of last use; guarded by itself. */
  private final Map<String, UserFeatures> users =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, UserFeatures> eldest) {
          return size() > MOST_USERS;
        }
      };

  private final Map<String, ItemFeatures> items = new ConcurrentHashMap<>();
  private final Map<String, RankerWeights> weights = new ConcurrentHashMap<>();

  /** Documents in order of popularity; changed by the follower's thread only. */
  private final ConcurrentSkipListSet<Popular> popular =
      new ConcurrentSkipListSet<>(
          Comparator.comparingDouble(Popular::rank).reversed().thenComparing(Popular::document));

  private final @Nullable LogFollower follower;

  /**
   * Something that decays with a half-life is ordered once and for all by the logarithm of its value plus the
   * half-lives that lie before its time.
   */
  private record Popular(String document, double rank) {
    static Popular of(ItemFeatures item) {
      double halfLives = (double) item.updatedAt().getEpochSecond() / HALF_LIFE.toSeconds();
      return new Popular(item.document(), Math.log(item.popularity()) / Math.log(2) + halfLives);
    }
  }

  /** Starts to follow the log. */
  public FeatureView(EventLog log) {
    this.follower =
        new LogFollower(
            "feature-view", log, List.of(Topic.RANKER, Topic.USER_FEATURES, Topic.ITEM_FEATURES), this);
  }

  /** A view that is filled by calls of {@link #put} only. */
  public FeatureView() {
    this.follower = null;
  }

  @Override
  public void apply(Topic topic, LogRecord record) {
    byte[] value = record.value();
    switch (topic) {
      case USER_FEATURES -> {
        if (value == null) {
          synchronized (users) {
            users.remove(record.key());
          }
        } else {
          put(Json.read(value, UserFeatures.class));
        }
      }
      case ITEM_FEATURES -> {
        if (value == null) {
          remove(record.key());
        } else {
          put(Json.read(value, ItemFeatures.class));
        }
      }
      case RANKER -> {
        if (value == null) {
          weights.remove(record.key());
        } else {
          put(Json.read(value, RankerWeights.class));
        }
      }
      default -> throw new IllegalArgumentException("no features come from " + topic.suffix());
    }
  }

  /** Takes in what is known of a user. */
  public void put(UserFeatures user) {
    synchronized (users) {
      users.put(user.user(), user);
    }
  }

  /** Takes in what is known of a document. */
  public void put(ItemFeatures item) {
    remove(item.document());
    items.put(item.document(), item);
    if (item.popularity() > 0) {
      popular.add(Popular.of(item));
    }
  }

  /** Takes in learned weights. */
  public void put(RankerWeights learned) {
    for (Map.Entry<String, Double> weight : learned.weights().entrySet()) {
      if (!Double.isFinite(weight.getValue())) {
        throw new IllegalArgumentException(
            "weight '" + weight.getKey() + "' of strategy '" + learned.strategy() + "' is " + weight.getValue());
      }
    }
    weights.put(learned.strategy(), learned);
  }

  private void remove(String document) {
    ItemFeatures old = items.remove(document);
    if (old != null && old.popularity() > 0) {
      popular.remove(Popular.of(old));
    }
  }

  @Override
  public void clear() {
    synchronized (users) {
      users.clear();
    }
    items.clear();
    popular.clear();
    weights.clear();
  }

  /** Returns what is known of a user; an empty record for someone unknown. */
  public UserFeatures user(String user) {
    synchronized (users) {
      UserFeatures known = users.get(user);
      return known == null ? UserFeatures.unknown(user) : known;
    }
  }

  /** Returns what is known of a document; empty when nothing happened to it yet. */
  public Optional<ItemFeatures> item(String document) {
    return Optional.ofNullable(items.get(document));
  }

  /** Returns the learned weights of a strategy; empty before the first were learned. */
  public Optional<RankerWeights> weights(String strategy) {
    return Optional.ofNullable(weights.get(strategy));
  }

  /** Returns the documents that were opened most of late, best first. */
  public List<String> popular(int limit) {
    return popular(limit, _ -> true);
  }

  /** Returns the most popular of those documents that are wanted: clicks may name documents that nobody has. */
  List<String> popular(int limit, Predicate<String> wanted) {
    return popular.stream().map(Popular::document).filter(wanted).limit(limit).toList();
  }

  /** Returns a document's popularity as of a moment. */
  public static double popularity(ItemFeatures item, Instant now) {
    double elapsed = Math.max(0, Duration.between(item.updatedAt(), now).toMillis());
    return item.popularity() * Math.pow(2, -elapsed / HALF_LIFE.toMillis());
  }

  /** Returns whether all that was in the log at the last look is here. */
  public boolean caughtUp() {
    return follower == null || follower.caughtUp();
  }

  /** Returns what keeps the view from going on right now; empty when all is well. */
  public Optional<String> trouble() {
    return follower == null ? Optional.empty() : follower.trouble();
  }

  @Override
  public void close() {
    if (follower != null) {
      follower.close();
    }
  }
}
