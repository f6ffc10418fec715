// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Passage;
import io.millrace.core.similarity.Shingles;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Repeat;

import java.util.ArrayList;
import java.util.List;

/**
 * The hits of one search, best first, in which passages of other documents that nearly repeat one are named beside it
 * instead of taking a place. Every pair is compared by the Jaccard similarity of its shingles, so the result depends on
 * nothing but the ranking: when the passage that was shown is gone, the next one is, without any bookkeeping.
 */
final class NearRepeats {

  /** Texts with fewer shingles are merged only when they are the same: two one-line texts are alike without being copies. */
  private static final int FEWEST_SHINGLES = 40;

  /** So many repeats of a hit are named. */
  private static final int MOST_NAMED = 20;

  /** Scores closer than this are the same up to rounding: then the smaller identity stands for both. */
  private static final double SAME_SCORE = 1e-6;

  private static final Shingles NONE = Shingles.of("");

  private final double threshold;
  private final List<Shown> shown = new ArrayList<>();

  /**
   * Begins without hits.
   *
   * @param threshold similarity from which a passage repeats another; above 1 to merge nothing
   */
  NearRepeats(double threshold) {
    this.threshold = threshold;
  }

  private static final class Shown {
    private final Hit hit;
    private final Shingles shingles;
    private final List<Repeat> repeats = new ArrayList<>();
    private final boolean late;

    Shown(Hit hit, Shingles shingles, boolean late) {
      this.hit = hit;
      this.shingles = shingles;
      this.late = late;
    }
  }

  /**
   * Takes in a hit if it repeats one that is there.
   *
   * @return whether it does, and so needs no place of its own
   */
  boolean repeats(Hit hit) {
    if (threshold > 1) {
      return false;
    }
    Shingles shingles = Shingles.of(said(hit.passage()));
    for (int i = 0; i < shown.size(); i++) {
      Shown other = shown.get(i);
      double similarity = similarity(hit, shingles, other);
      if (similarity >= threshold) {
        if (other.repeats.size() < MOST_NAMED) {
          stand(i, other, hit, shingles, similarity);
        }
        return true;
      }
    }
    return false;
  }

  /**
   * Takes in a hit that repeats none.
   *
   * @param late whether it comes after all that are not late
   */
  void add(Hit hit, boolean late) {
    shown.add(new Shown(hit, threshold > 1 ? NONE : Shingles.of(said(hit.passage())), late));
  }

  /** Returns how many hits there are that are not late. */
  int early() {
    return (int) shown.stream().filter(each -> !each.late).count();
  }

  /** Returns the hits, the late ones last, at most so many. */
  List<Hit> hits(int limit) {
    List<Shown> ordered = new ArrayList<>(shown.stream().filter(each -> !each.late).toList());
    shown.stream().filter(each -> each.late).forEach(ordered::add);
    return ordered.stream().limit(limit).map(each -> each.hit.repeatedBy(each.repeats)).toList();
  }

  /** One of the two is shown; of equal ones that with the smaller identity, so that it is always the same one. */
  private void stand(int place, Shown other, Hit hit, Shingles shingles, double similarity) {
    Passage before = other.hit.passage();
    if (Math.abs(other.hit.score() - hit.score()) < SAME_SCORE && hit.passage().id().compareTo(before.id()) < 0) {
      Shown instead = new Shown(hit, shingles, other.late);
      instead.repeats.addAll(other.repeats);
      instead.repeats.add(new Repeat(before, similarity));
      shown.set(place, instead);
    } else {
      other.repeats.add(new Repeat(hit.passage(), similarity));
    }
  }

  private double similarity(Hit hit, Shingles shingles, Shown other) {
    Passage one = hit.passage();
    Passage two = other.hit.passage();
    if (one.documentId().equals(two.documentId()) || !mergeable(one, two)) {
      return 0;
    }
    int fewer = Math.min(shingles.size(), other.shingles.size());
    // The similarity of sets is at most the ratio of their sizes.
    if (fewer < threshold * Math.max(shingles.size(), other.shingles.size())) {
      return 0;
    }
    if (fewer < FEWEST_SHINGLES) {
      return one.text().equals(two.text()) ? 1 : 0;
    }
    return shingles.jaccard(other.shingles, threshold);
  }

  /** Only passages for the same readers may stand for each other: otherwise one would tell of what it must not. */
  private static boolean mergeable(Passage one, Passage two) {
    return one.language() == two.language() && one.labels().equals(two.labels());
  }

  /** What a passage says, without the line that names its place: pages that say the same are named differently. */
  private static String said(Passage passage) {
    String text = passage.text();
    int line = text.indexOf('\n');
    return line < 0 ? text : text.substring(line + 1);
  }
}
