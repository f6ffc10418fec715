// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.security;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A key by which a client is known. Only its hash is kept.
 *
 * @param name shown in logs and metrics
 * @param sha256 of the key, in hexadecimal
 * @param user the identity of requests that name none; null for {@code anonymous}
 * @param tenant put before users' identities, so that two clients' users stay apart; empty for none
 * @param roles {@code ask}, {@code write} (documents) and {@code admin} (promotion, rollback, events, risk and status)
 * @param requestsPerMinute 0 for no limit
 * @param tokensPerDay tokens read and written; 0 for no limit
 */
public record ApiKey(
    String name,
    String sha256,
    @Nullable String user,
    @Nullable String tenant,
    @Nullable List<Role> roles,
    int requestsPerMinute,
    long tokensPerDay) {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern TENANT = Pattern.compile("[A-Za-z0-9._-]{0,64}");
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  /** What a key may be used for. */
  public enum Role {
    @JsonProperty("ask")
    @JsonAlias("ASK")
    ASK,
    @JsonProperty("write")
    @JsonAlias("WRITE")
    WRITE,
    @JsonProperty("admin")
    @JsonAlias("ADMIN")
    ADMIN
  }

  public ApiKey {
    if (name == null || !NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "key name '" + name + "': use letters, digits, dots, hyphens and underscores, at most 64");
    }
    sha256 = sha256 == null ? "" : sha256.toLowerCase(Locale.ROOT);
    if (!HASH.matcher(sha256).matches()) {
      throw new IllegalArgumentException(
          "key '" + name + "': sha256 is not 64 hexadecimal digits; make it with: printf %s YOUR-KEY | sha256sum");
    }
    tenant = tenant == null ? "" : tenant;
    if (!TENANT.matcher(tenant).matches()) {
      throw new IllegalArgumentException(
          "key '" + name + "': tenant '" + tenant + "': use letters, digits, dots, hyphens and underscores, at most 64");
    }
    roles = roles == null ? List.of(Role.ASK) : List.copyOf(roles);
    if (requestsPerMinute < 0 || tokensPerDay < 0) {
      throw new IllegalArgumentException("key '" + name + "': a quota may not be negative; 0 means none");
    }
  }

  /** Returns the hash under which a key is kept. */
  public static String hash(String key) {
    return HexFormat.of().formatHex(digest(key));
  }

  /** Returns whether this is the given digest's key, in time that does not depend on where they differ. */
  boolean matches(byte[] digest) {
    return MessageDigest.isEqual(HexFormat.of().parseHex(sha256), digest);
  }

  static byte[] digest(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
