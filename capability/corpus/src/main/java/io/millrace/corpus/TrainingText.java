// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Passages;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/** The text that tokenizer and language model are trained on, document by document. */
public final class TrainingText {

  private TrainingText() {}

  /**
   * Returns one text a document, in an order that mixes libraries and languages and is the same in every run.
   *
   * @param documents without near twins; see {@link Corpus#forTraining}
   * @param which pages to take: those held out must not be among the training texts
   */
  public static List<String> of(List<Document> documents, Predicate<String> which) {
    List<Document> shuffled = new ArrayList<>();
    for (Document document : documents) {
      if (which.test(document.id()) && document.sections().stream().anyMatch(section -> section.hasProse())) {
        shuffled.add(document);
      }
    }
    shuffled.sort(Comparator.comparingLong(document -> HeldOut.hash(document.id())));
    return shuffled.stream().map(TrainingText::text).toList();
  }

  /** The passages as they are searched and quoted, so that the model reads in its prompt what it was trained on. */
  private static String text(Document document) {
    StringBuilder text = new StringBuilder(String.join(" › ", document.path())).append('\n');
    for (Passage passage : Passages.of(document)) {
      text.append('\n').append(passage.text()).append('\n');
    }
    return text.toString();
  }
}
