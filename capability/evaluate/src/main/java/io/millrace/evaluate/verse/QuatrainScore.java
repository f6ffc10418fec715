// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate.verse;

import io.millrace.core.document.Verse;

import java.util.List;

/**
 * How many of some poems keep the form of a quatrain, measured alike for real and for generated ones.
 *
 * @param poems how many there were
 * @param lines share that has four lines
 * @param form share that has four lines of five or of seven characters each
 * @param rhyme share of all that has that form and rhymes too
 */
public record QuatrainScore(int poems, double lines, double form, double rhyme) {
  /** Scores poems that should be quatrains. */
  public static QuatrainScore of(List<Verse> poems, RhymeGroups groups) {
    if (poems.isEmpty()) {
      throw new IllegalArgumentException("no poems: there is nothing to score");
    }
    double n = poems.size();
    return new QuatrainScore(poems.size(),
        poems.stream().filter(poem -> poem.lines().size() == 4).count() / n,
        poems.stream().filter(Verse::quatrain).count() / n,
        poems.stream().filter(poem -> poem.quatrain() && groups.kept(poem)).count() / n);
  }
}
