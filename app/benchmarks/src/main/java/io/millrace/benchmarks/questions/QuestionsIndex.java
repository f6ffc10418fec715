// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.questions;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.DomainPlace;
import io.millrace.benchmarks.memory.PersistentIndex;
import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Passages;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.registry.DirectoryArtifactRegistry;
import io.millrace.core.settings.DomainPack;
import io.millrace.core.settings.DomainQuestions;
import io.millrace.core.spi.Embedder;
import io.millrace.evaluate.MissingEvidence;
import io.millrace.memory.BgeModel;
import io.millrace.memory.EmbedderModel;
import io.millrace.memory.EncoderEmbedder;
import io.millrace.memory.RegistryEmbedders;
import io.millrace.memory.RegistryRerankers;
import io.millrace.memory.Reranker;
import io.millrace.memory.TunedModel;
import io.millrace.memory.TunedReranker;
import io.millrace.offline.OfflinePipeline;
import io.millrace.offline.OfflineSettings;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A domain that has questions, and its passages in an index: all of them, or a part that is embedded in a few minutes.
 *
 * @param place the index's directory, which outlives the run
 */
public record QuestionsIndex(DomainPack pack, DomainQuestions questions, List<Document> documents, Path place) {

  /** A few minutes of embedding on two cores; see {@link Excerpt}. */
  private static final int QUICK_PASSAGES = 2_500;

  /**
   * Reads a domain's documents, fetching them if need be, and fills the index.
   *
   * @throws IllegalArgumentException when the domain has no questions, or their evidence is not in its documents
   */
  public static QuestionsIndex of(BenchRun run, Map<Language, Embedder> embedders) throws IOException {
    return of(run, embedders, "questions");
  }

  /**
   * The same in an index of its own.
   *
   * @param name of the index
   */
  static QuestionsIndex of(BenchRun run, Map<Language, Embedder> embedders, String name) throws IOException {
    DomainPlace place = run.domain();
    DomainPack pack = DomainPack.load(place.pack());
    DomainQuestions questions = pack.questions(place.pack()).orElseThrow(() -> new IllegalArgumentException(
        "domain '" + pack.name() + "' has no " + DomainQuestions.FILE + " in " + place.pack()
            + ": write one; 'millrace init' shows a commented example"));
    List<Document> documents = OfflinePipeline.corpus(OfflineSettings.of(place.pack(), pack, place.home()),
        DirectoryArtifactRegistry.open(place.home().resolve("registry")), new StepsSaid(run), () -> false).documents();
    check(questions, documents, place.pack().resolve(DomainQuestions.FILE));

    List<Passage> passages = documents.stream().flatMap(document -> Passages.of(document).stream()).toList();
    List<Passage> searched = run.quick() ? Excerpt.of(passages, questions, QUICK_PASSAGES) : passages;
    run.say("%s: %d questions, %,d documents, %,d of %,d passages".formatted(
        pack.name(), questions.questions().size(), documents.size(), searched.size(), passages.size()));
    Path index = place.home().resolve("bench").resolve(run.quick() ? name + "-quick" : name);
    PersistentIndex.fill(index, documents.stream().map(Document::id).toList(), searched, embedders, run::say);
    return new QuestionsIndex(pack, questions, documents, index);
  }

  /** Opens the encoders of all languages; whoever asks for them closes them. */
  public static Map<Language, Embedder> embedders() {
    Map<Language, EmbedderModel> pretrained = new EnumMap<>(Language.class);
    for (Language language : Language.values()) {
      pretrained.put(language, BgeModel.of(language));
    }
    return opened(pretrained);
  }

  private static Map<Language, Embedder> opened(Map<Language, EmbedderModel> models) {
    int threads = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 8);
    Map<Language, Embedder> embedders = new EnumMap<>(Language.class);
    models.forEach((language, model) -> embedders.put(language, new EncoderEmbedder(model, threads)));
    return embedders;
  }

  /** Opens the domain's own embedders, pretrained ones where it has none; empty when it has none at all. Whoever asks for them closes them. */
  static Optional<Map<Language, Embedder>> ownEmbedders(BenchRun run) throws IOException {
    DomainPlace place = run.domain();
    DomainPack pack = DomainPack.load(place.pack());
    Map<Language, EmbedderModel> models =
        new RegistryEmbedders(
                DirectoryArtifactRegistry.open(place.home().resolve("registry")), pack.name(), List.of(Language.values()))
            .wanted();
    return models.values().stream().anyMatch(TunedModel.class::isInstance) ? Optional.of(opened(models)) : Optional.empty();
  }

  /** Opens the domain's re-rankers; empty when it has none. */
  static Map<Language, Reranker> rerankers(BenchRun run) throws IOException {
    DomainPlace place = run.domain();
    DomainPack pack = DomainPack.load(place.pack());
    ArtifactRegistry registry = DirectoryArtifactRegistry.open(place.home().resolve("registry"));
    Map<Language, Reranker> rerankers = new EnumMap<>(Language.class);
    for (Language language : pack.spoken()) {
      ArtifactVersion champion =
          registry.alias(RegistryRerankers.name(pack.name(), language), ArtifactRegistry.CHAMPION).orElse(null);
      if (champion != null) {
        rerankers.put(language, TunedReranker.read(champion.reference(), registry.directory(champion)));
      }
    }
    return rerankers;
  }

  /** A share of nothing is measured where the evidence is not there, so nothing is measured then. */
  private static void check(DomainQuestions questions, List<Document> documents, Path file) {
    List<MissingEvidence> missing = MissingEvidence.of(questions, documents);
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          file + ": " + missing.size() + " places do not answer their questions; correct them:\n"
              + missing.stream().map(each -> "  " + each).collect(Collectors.joining("\n")));
    }
  }
}
