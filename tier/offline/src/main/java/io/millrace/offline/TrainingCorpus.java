// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Document;
import io.millrace.corpus.Corpus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The documents that models learn from, without those that labels keep from them.
 *
 * @param documents without near twins
 * @param kept how many documents were left out for their labels
 */
record TrainingCorpus(List<Document> documents, long kept) {

  /** Reads the corpus of a step's inputs. */
  static TrainingCorpus read(Path corpus, OfflineSettings settings) throws IOException {
    Corpus all = Corpus.read(corpus);
    Set<String> labels = settings.trainingLabels();
    return new TrainingCorpus(all.forTraining(labels), all.keptFromTraining(labels));
  }

  /** Adds what decides of the labels to a step's settings; where nothing does, they are as they were before there were labels. */
  static Map<String, String> settings(OfflineSettings settings, Map<String, String> others) {
    if (!settings.trainingLabels().isEmpty()) {
      others.put("trainingLabels", String.join(" ", new TreeSet<>(settings.trainingLabels())));
    }
    return others;
  }

  /** Returns what people should know of it. */
  List<String> notes() {
    return kept == 0
        ? List.of()
        : List.of(
            String.format(
                Locale.ROOT,
                "%,d documents with access labels were left out of training, since a model may say to anybody what it has learned;"
                    + " models.trainingLabels in domain.yaml names labels that do not matter",
                kept));
  }
}
