// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.security;

import io.millrace.core.document.Labels;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Guard;
import io.millrace.online.http.Refusal;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Who sends a request, and what is left of what they may use. */
public final class Caller {

  static final String ATTRIBUTE = "millrace.caller";
  private static final int LONGEST_USER = 128;

  private final @Nullable ApiKey key;
  private final Quota quota;
  private final Set<String> tenants;
  private final Access access;

  /**
   * Somebody.
   *
   * @param key null on a gateway without keys
   * @param tenants of all keys
   */
  Caller(@Nullable ApiKey key, Quota quota, Set<String> tenants) {
    this.key = key;
    this.quota = quota;
    this.tenants = tenants;
    this.access = key == null ? Access.EVERYTHING : key.access();
  }

  /** Returns who sends a request. */
  public static Caller of(HttpServletRequest request) {
    return known(request)
        .orElseThrow(
            () -> new IllegalStateException("request " + request.getRequestURI() + " did not pass the key filter"));
  }

  /** Returns who sends a request; empty for strangers, who see public pages only. */
  public static Optional<Caller> known(HttpServletRequest request) {
    return request.getAttribute(ATTRIBUTE) instanceof Caller caller ? Optional.of(caller) : Optional.empty();
  }

  /** Returns whether this caller has a role; on a gateway without keys everybody has all of them. */
  public boolean may(ApiKey.Role role) {
    return key == null || (key.roles() != null && key.roles().contains(role));
  }

  /** Refuses callers without a role. */
  public void require(ApiKey.Role role) {
    if (!may(role)) {
      throw Refusal.forbidden(
          "missing_role",
          "the key '" + name() + "' lacks the role " + role.name().toLowerCase(Locale.ROOT)
              + ": use another key, or add the role in keys.yaml");
    }
  }

  /** Returns which documents this caller may see; on a gateway without keys everybody sees all of them. */
  public Access access() {
    return access;
  }

  /** Returns whether this caller may see what others ask and do, and figures about all documents together. */
  public boolean overlooks() {
    return access.everything();
  }

  /** Refuses callers who may not see what others do: it may name documents of any label. */
  public void requireOverview() {
    if (!overlooks()) {
      throw Refusal.forbidden(
          "missing_labels",
          "this shows what others ask and do, of documents with any label: the key '" + name()
              + "' needs labels: [\"*\"] in keys.yaml");
    }
  }

  /** Refuses whoever is no administrator that may see what others do. */
  public static void overview(HttpServletRequest request) {
    Caller caller = of(request);
    caller.require(ApiKey.Role.ADMIN);
    caller.requireOverview();
  }

  /** Returns the labels of documents that this caller puts without saying which: the tenant's, or none. */
  public Set<String> usualLabels() {
    return key == null ? Set.of() : Labels.ofTenant(key.tenant());
  }

  /** Returns what the identities of this caller's documents must begin with; empty where there is no tenant. */
  public String namespace() {
    return key == null || key.tenant() == null || key.tenant().isEmpty() ? "" : key.tenant() + "/";
  }

  /** Returns whether this caller may put documents of an identity, whatever is there: it is no other tenant's. */
  public boolean mayName(String document) {
    if (!namespace().isEmpty()) {
      return document.startsWith(namespace());
    }
    int slash = document.indexOf('/');
    String first = slash < 0 ? document : document.substring(0, slash);
    return !tenants.contains(first) || access.holds(Labels.ofTenant(first));
  }

  /** Returns the name of the key; empty where none is needed. */
  public String name() {
    return key == null ? "" : key.name();
  }

  /**
   * Returns whose requests are served fairly among each other: the tenant, or else the key; empty where none is
   * needed.
   */
  public String tenant() {
    return key == null ? "" : key.tenant() == null || key.tenant().isEmpty() ? key.name() : key.tenant();
  }

  /** Refuses callers who have used up their tokens. */
  public void requireTokens() {
    Duration wait = quota.tokens();
    if (!wait.isZero()) {
      throw Refusal.tooMany(
          "token_quota_exceeded", "the key '" + name() + "' has used up its tokens of this day", wait);
    }
  }

  /** Counts tokens that were used. */
  public void charge(int tokens) {
    quota.charge(tokens);
  }

  Duration takeRequest() {
    return quota.request();
  }

  /**
   * Returns the identity under which a user's events are kept. Personal data in it, such as an e-mail address, is
   * replaced by a hash.
   *
   * @param named by the client; null for none
   */
  public String user(@Nullable String named, Guard guard) {
    String chosen = named == null || named.isBlank() ? own() : named.strip();
    if (chosen.length() > LONGEST_USER) {
      throw Refusal.badRequest("user", "user has " + chosen.length() + " characters: at most " + LONGEST_USER);
    }
    if (chosen.chars().anyMatch(Character::isISOControl)) {
      throw Refusal.badRequest("user", "user has control characters: use an opaque identity");
    }
    if (!guard.redact(chosen).findings().isEmpty()) {
      chosen = "u-" + ApiKey.hash(chosen).substring(0, 16);
    }
    // A slash ends the tenant: nobody may choose an identity within another one.
    chosen = chosen.replace('/', '_');
    String tenant = key == null || key.tenant() == null ? "" : key.tenant();
    return tenant.isEmpty() ? chosen : tenant + "/" + chosen;
  }

  private String own() {
    return key == null || key.user() == null ? "anonymous" : key.user();
  }
}
