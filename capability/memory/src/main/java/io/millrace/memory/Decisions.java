// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.event.ItemFeatures;
import io.millrace.core.json.Json;
import io.millrace.core.log.Eviction;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.LogView;
import io.millrace.core.log.Topic;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the log says of documents' places and of their use: the latest values of two topics, in memory. */
final class Decisions implements LogView {

  private final Map<String, Eviction> decisions = new ConcurrentHashMap<>();

  /** Documents that were never sought, opened or cited are not here. */
  private final Map<String, Use> uses = new ConcurrentHashMap<>();

  /** By everybody together, and by each tenant. */
  private record Use(double amount, Map<String, Double> byTenant, Instant at) {
    double at(Instant now) {
      return ItemFeatures.decayed(amount, at, now);
    }

    double of(String tenant, Instant now) {
      return ItemFeatures.decayed(byTenant.getOrDefault(tenant, 0.0), at, now);
    }
  }

  @Override
  public void apply(Topic topic, LogRecord record) {
    byte[] value = record.value();
    if (topic == Topic.EVICTIONS) {
      put(record.key(), value == null ? null : Json.read(value, Eviction.class));
    } else if (value == null) {
      uses.remove(record.key());
    } else {
      ItemFeatures features = Json.read(value, ItemFeatures.class);
      uses.put(record.key(), new Use(features.use(), features.useByTenant(), features.updatedAt()));
    }
  }

  @Override
  public void clear() {
    decisions.clear();
    uses.clear();
  }

  /** Takes in a decision, or with null that there is none. */
  void put(String document, @Nullable Eviction decision) {
    if (decision == null) {
      decisions.remove(document);
    } else {
      decisions.put(document, decision);
    }
  }

  /** Returns the latest decision about a document; null when there is none. */
  @Nullable Eviction of(String document) {
    return decisions.get(document);
  }

  boolean archived(String document) {
    Eviction decision = decisions.get(document);
    return decision != null && decision.archived();
  }

  /** Returns the latest decision about each document, in no particular order. */
  Collection<Eviction> all() {
    return Collections.unmodifiableCollection(decisions.values());
  }

  double use(String document, Instant now) {
    Use use = uses.get(document);
    return use == null ? 0 : use.at(now);
  }

  /** Returns of what use a document was to a tenant; to those who have none for an empty name. */
  double use(String document, String tenant, Instant now) {
    Use use = uses.get(document);
    return use == null ? 0 : use.of(tenant, now);
  }
}
