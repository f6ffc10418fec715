// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import java.util.List;
import java.util.Map;

/**
 * What became of the content.
 *
 * @param pages read, of all sources
 * @param navigation pages that were left out because they hold no content of their own
 * @param documents kept
 * @param exactDuplicates documents removed because another one says the same
 * @param nearDuplicates documents removed because another one of the same title says nearly the same
 * @param nearTwins documents kept although another one of a different title says nearly the same; training leaves
 *     them out
 * @param inheritedSections members whose prose was removed because a supertype's page has it word for word
 * @param deadLetters pages that could not be read
 * @param refused sources that could not be read at all, with reason and remedy
 * @param libraries sizes by library, then by language code
 */
public record CorpusStatistics(
    long pages,
    long navigation,
    long documents,
    long exactDuplicates,
    long nearDuplicates,
    long nearTwins,
    long inheritedSections,
    long deadLetters,
    List<String> refused,
    Map<String, Map<String, Size>> libraries) {

  /**
   * How much there is.
   *
   * @param characters of text, signatures included
   */
  public record Size(long documents, long sections, long characters) {
    /** Returns the sum. */
    public Size plus(Size other) {
      return new Size(
          documents + other.documents, sections + other.sections, characters + other.characters);
    }
  }

  public CorpusStatistics {
    refused = List.copyOf(refused);
    libraries = Map.copyOf(libraries);
  }

  /** Returns the size of all libraries together in one language. */
  public Size size(String language) {
    return libraries.values().stream()
        .map(byLanguage -> byLanguage.getOrDefault(language, new Size(0, 0, 0)))
        .reduce(new Size(0, 0, 0), Size::plus);
  }
}
