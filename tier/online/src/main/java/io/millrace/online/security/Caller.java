// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.security;

import io.millrace.core.spi.Guard;
import io.millrace.online.http.Refusal;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** Who sends a request, and what is left of what they may use. */
public final class Caller {

  static final String ATTRIBUTE = "millrace.caller";
  private static final int LONGEST_USER = 128;

  private final @Nullable ApiKey key;
  private final Quota quota;

  Caller(@Nullable ApiKey key, Quota quota) {
    this.key = key;
    this.quota = quota;
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
