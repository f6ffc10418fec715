// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Document;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.corpus.HeldOut;
import io.millrace.corpus.TrainingText;
import io.millrace.model.tokenizer.BpeTrainer;
import io.millrace.model.tokenizer.BpeVocabulary;
import io.millrace.model.tokenizer.Tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Learns the byte-level BPE vocabulary of the domain, from pages that are not held out. */
final class TokenizerStep implements Step {

  static final String NAME = "tokenizer";

  private final OfflineSettings settings;

  TokenizerStep(OfflineSettings settings) {
    this.settings = settings;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String kind() {
    return "tokenizer";
  }

  @Override
  public String purpose() {
    return "learn a vocabulary of " + settings.vocabulary() + " tokens";
  }

  @Override
  public int revision() {
    return 1;
  }

  @Override
  public List<String> needs() {
    return List.of(CorpusStep.NAME);
  }

  @Override
  public Map<String, String> settings() {
    return TrainingCorpus.settings(settings, new TreeMap<>(Map.of(
        "vocabulary", Integer.toString(settings.vocabulary()),
        "heldOutPercent", Integer.toString(settings.pack().budgets().heldOutPercent()))));
  }

  @Override
  public Product build(Map<String, Path> inputs, Path output, Path work, StepProgress progress)
      throws IOException {
    List<Document> documents = TrainingCorpus.read(StepFiles.of(inputs, CorpusStep.NAME), settings).documents();
    HeldOut heldOut = new HeldOut(settings.pack().budgets().heldOutPercent());
    List<String> texts = TrainingText.of(documents, id -> !heldOut.contains(id));
    BpeVocabulary vocabulary =
        BpeTrainer.ofSize(settings.vocabulary()).train(watched(texts, progress));
    progress.check();
    vocabulary.writeTokenizerJson(output.resolve(Tokenizer.FILE));
    try (Tokenizer tokenizer = Tokenizer.load(output)) {
      long characters = 0;
      long tokens = 0;
      List<String> unseen = TrainingText.of(documents, heldOut::contains);
      for (String text : unseen.isEmpty() ? texts.subList(0, Math.min(50, texts.size())) : unseen) {
        characters += text.length();
        tokens += tokenizer.encode(text).length;
      }
      return new Product(
          Map.of(
              "tokens", (double) tokenizer.size(),
              "charactersPerToken", tokens == 0 ? 0 : (double) characters / tokens),
          List.of());
    }
  }

  private static Iterator<String> watched(List<String> texts, StepProgress progress) {
    Iterator<String> all = texts.iterator();
    return new Iterator<>() {
      private int done;

      @Override
      public boolean hasNext() {
        return all.hasNext();
      }

      @Override
      public String next() {
        progress.check();
        progress.update(++done, texts.size(), "documents");
        return all.next();
      }
    };
  }

  @Override
  public String describe(ArtifactVersion version) {
    return String.format(Locale.ROOT, "%,d tokens", version.scores().getOrDefault("tokens", 0.0).longValue());
  }
}
