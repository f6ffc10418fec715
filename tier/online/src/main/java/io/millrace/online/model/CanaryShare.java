// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Which users a version is tried with. A user is in or out by a hash, and so stays where he is for as long as the
 * version is on trial, on every gateway; another version is tried with other users.
 *
 * @param share of the users, from 0 to 1
 */
public record CanaryShare(double share) {

  /** A tenth of the users. */
  public static final CanaryShare DEFAULT = new CanaryShare(0.1);

  /** The identity of all requests that name no user: nobody in particular, so nothing is tried with it. */
  public static final String NOBODY = "anonymous";

  public CanaryShare {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("canaryShare " + share + " is not from 0 to 1: 0.1 is a tenth of the users");
    }
  }

  /**
   * Returns whether a version is tried with a user.
   *
   * @param version as {@code name@version}
   */
  public boolean includes(String user, String version) {
    // Callers with a key of their own name have their own nobody: "tenant/anonymous".
    if (share == 0 || user.equals(NOBODY) || user.endsWith("/" + NOBODY)) {
      return false;
    }
    // The upper 53 bits of the hash as a fraction of 1.
    return (hash(version + "\n" + user) >>> 11) * 0x1p-53 < share;
  }

  private static long hash(String text) {
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(sum).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
