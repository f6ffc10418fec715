// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Access labels: names such as {@code hr} or {@code tenant:acme} on a document. Whoever holds one of them may see the
 * document; one without labels is for everybody who may search at all.
 */
public final class Labels {

  /** So many a document at most. */
  public static final int MOST = 32;

  /** Characters of one at most. */
  public static final int LONGEST = 64;

  private static final String TENANT = "tenant:";

  private static final Pattern LABEL = Pattern.compile("[a-z0-9._:/-]{1," + LONGEST + "}");

  private Labels() {}

  /**
   * Returns a document's labels, checked and in alphabetical order, so that equal sets are written alike.
   *
   * @param labels null for none
   * @throws IllegalArgumentException when one is no label or there are too many, naming it
   */
  public static Set<String> of(@Nullable Collection<String> labels) {
    if (labels == null || labels.isEmpty()) {
      return Set.of();
    }
    labels.forEach(Labels::check);
    Set<String> all = new TreeSet<>(labels);
    if (all.size() > MOST) {
      throw new IllegalArgumentException(all.size() + " labels: give a document at most " + MOST);
    }
    return Collections.unmodifiableSet(all);
  }

  /** Returns the label of a tenant's documents; nothing where there is no tenant. */
  public static Set<String> ofTenant(@Nullable String tenant) {
    return tenant == null || tenant.isEmpty() ? Set.of() : Set.of(TENANT + tenant);
  }

  /** Returns the tenants whose labels are among some. */
  public static Set<String> tenants(Collection<String> labels) {
    return labels.stream()
        .filter(label -> label.startsWith(TENANT))
        .map(label -> label.substring(TENANT.length()))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Returns the tenant of a user: its name stands before theirs; empty for those who have none, whose names hold no slash. */
  public static String tenantOf(String user) {
    int slash = user.indexOf('/');
    return slash < 0 ? "" : user.substring(0, slash);
  }

  /** Refuses what is no label. */
  public static void check(@Nullable String label) {
    if (label == null || !LABEL.matcher(label).matches()) {
      throw new IllegalArgumentException(
          "label '" + label + "': use lower-case letters, digits and . _ - : /, 1 to " + LONGEST + " characters");
    }
  }
}
