// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import io.millrace.core.event.UserFeatures;
import io.millrace.core.spi.Catalogue.Entry;
import org.jspecify.annotations.Nullable;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * For whom and where suggestions are made.
 *
 * @param user what is known of the user
 * @param context the open document; null on a start page or when it is unknown
 * @param seeds documents of the user's past by weight, from 1 for the latest downwards, without the open one
 * @param excluded documents that are not suggested: the open one, those seen of late and those disliked
 */
record Situation(UserFeatures user, @Nullable Entry context, Map<String, Double> seeds, Set<String> excluded) {

  /** Weight of a document relative to the one opened after it: after three more, half is left. */
  private static final double FADING = 0.8;

  /** Weight of the document liked last among what was opened. */
  private static final double LIKED = 0.6;

  /**
   * Puts together what is known.
   *
   * @param visible whether a document is there for the user: others lead to nothing
   */
  static Situation of(
      UserFeatures user, @Nullable String contextId, @Nullable Entry context, int seeds, Predicate<String> visible) {
    Set<String> excluded = new HashSet<>(user.recent());
    excluded.addAll(user.disliked());
    if (contextId != null) {
      excluded.add(contextId);
    }
    Map<String, Double> weights = new LinkedHashMap<>();
    fade(weights, visible(user.recent(), visible), contextId, 1, seeds);
    fade(weights, visible(user.liked(), visible), contextId, LIKED, seeds + (seeds + 1) / 2);
    user.disliked().forEach(weights::remove);
    return new Situation(user, context, weights, excluded);
  }

  private static List<String> visible(List<String> documents, Predicate<String> visible) {
    return documents.stream().filter(visible).toList();
  }

  private static void fade(
      Map<String, Double> weights, List<String> documents, @Nullable String without, double first, int most) {
    double weight = first;
    for (String document : documents) {
      if (weights.size() >= most) {
        return;
      }
      if (!document.equals(without)) {
        weights.merge(document, weight, Math::max);
        weight *= FADING;
      }
    }
  }
}
