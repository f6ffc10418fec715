// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.security;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.millrace.core.document.Labels;
import io.millrace.core.spi.Access;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A key by which a client is known. Only its hash is kept.
 *
 * @param name shown in logs and metrics
 * @param sha256 of the key, in hexadecimal
 * @param user the identity of requests that name none; null for {@code anonymous}
 * @param tenant put before users' identities, so that two clients' users stay apart; empty for none. The key holds the label
 *     {@code tenant:} with this name, and its documents have identities that begin with it
 * @param roles {@code ask}, {@code write} (documents) and {@code admin} (promotion, rollback, events, risk and status)
 * @param requestsPerMinute 0 for no limit
 * @param tokensPerDay tokens read and written; 0 for no limit
 * @param labels access labels of documents that the key's holder may see beside those without; {@code *} for everything
 */
public record ApiKey(
    String name,
    String sha256,
    @Nullable String user,
    @Nullable String tenant,
    @Nullable List<Role> roles,
    int requestsPerMinute,
    long tokensPerDay,
    @Nullable List<String> labels) {

  /** In the place of labels: documents of all labels, and what is known of all users. */
  public static final String EVERYTHING = "*";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  /** As labels have it, so that two tenants never have the same one; two dots would not do in an identity. */
  private static final Pattern TENANT = Pattern.compile("(?!.*\\.\\.)[a-z0-9][a-z0-9._-]{0,56}");
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
    if (!tenant.isEmpty() && !TENANT.matcher(tenant).matches()) {
      throw new IllegalArgumentException(
          "key '" + name + "': tenant '" + tenant + "': use lower-case letters, digits, single dots, hyphens and underscores,"
              + " beginning with a letter or digit, at most 57");
    }
    roles = roles == null ? List.of(Role.ASK) : List.copyOf(roles);
    if (requestsPerMinute < 0 || tokensPerDay < 0) {
      throw new IllegalArgumentException("key '" + name + "': a quota may not be negative; 0 means none");
    }
    labels = labels == null ? List.of() : List.copyOf(labels);
    for (String label : labels) {
      if (!label.equals(EVERYTHING)) {
        try {
          Labels.check(label);
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException("key '" + name + "': " + e.getMessage() + "; or * for everything", e);
        }
      }
    }
  }

  /** A key that sees what has no labels, and its tenant's documents. */
  public ApiKey(
      String name,
      String sha256,
      @Nullable String user,
      @Nullable String tenant,
      @Nullable List<Role> roles,
      int requestsPerMinute,
      long tokensPerDay) {
    this(name, sha256, user, tenant, roles, requestsPerMinute, tokensPerDay, null);
  }

  /** Returns what its holder may see. */
  Access access() {
    List<String> all = labels == null ? List.of() : labels;
    if (all.contains(EVERYTHING)) {
      return Access.EVERYTHING;
    }
    Set<String> held = new HashSet<>(all);
    held.addAll(Labels.ofTenant(tenant));
    return Access.of(held);
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
