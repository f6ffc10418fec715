// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.security;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The keys of a gateway, each with its quota. */
public final class KeyRing {

  private final List<ApiKey> keys;
  private final Map<String, Quota> quotas = new HashMap<>();
  private final Set<String> tenants;

  public KeyRing(List<ApiKey> keys) {
    this.keys = List.copyOf(keys);
    this.tenants =
        keys.stream().map(ApiKey::tenant).filter(tenant -> tenant != null && !tenant.isEmpty()).collect(Collectors.toUnmodifiableSet());
    for (ApiKey key : keys) {
      quotas.put(key.name(), new Quota(key.requestsPerMinute(), key.tokensPerDay(), System::nanoTime));
    }
  }

  /** Returns whether anybody may use the gateway. */
  public boolean open() {
    return keys.isEmpty();
  }

  /** Returns whom a key belongs to. Every key is compared, so that the time taken says nothing. */
  public Optional<Caller> byKey(String presented) {
    byte[] digest = ApiKey.digest(presented);
    ApiKey found = null;
    for (ApiKey key : keys) {
      if (key.matches(digest)) {
        found = key;
      }
    }
    return Optional.ofNullable(found).map(this::caller);
  }

  /** Returns the caller of a key's name. */
  Optional<Caller> byName(String name) {
    return keys.stream().filter(key -> key.name().equals(name)).findFirst().map(this::caller);
  }

  /** Returns the caller of a gateway without keys. */
  Caller anybody() {
    return new Caller(null, Quota.NONE, tenants);
  }

  private Caller caller(@Nullable ApiKey key) {
    return new Caller(key, key == null ? Quota.NONE : quotas.getOrDefault(key.name(), Quota.NONE), tenants);
  }
}
