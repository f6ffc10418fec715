// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.document.Language;
import io.millrace.core.log.EventLog;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.settings.DomainPack;
import io.millrace.core.spi.Embedder;
import io.millrace.memory.BgeModel;
import io.millrace.memory.DocumentView;
import io.millrace.memory.EncoderEmbedder;
import io.millrace.memory.Growth;
import io.millrace.memory.IndexGenerations;
import io.millrace.memory.Judging;
import io.millrace.memory.LogPriors;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.PassageStore;
import io.millrace.memory.RegistryEmbedders;
import io.millrace.memory.RegistryRerankers;
import io.millrace.memory.SearchSettings;
import io.millrace.memory.learning.LearnedWeights;
import io.millrace.memory.learning.WeightLearning;
import io.millrace.memory.snapshot.MemoryFolder;
import io.millrace.memory.snapshot.MemoryKind;
import io.millrace.memory.snapshot.SnapshotShelf;
import io.millrace.memory.snapshot.SnapshotTaker;
import io.millrace.memory.solr.SolrPassages;
import io.millrace.recommend.DocumentRecommender;
import io.millrace.recommend.FeatureView;
import io.millrace.recommend.RecommendSettings;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;

/** The wiring of memory and recommendation: views of the log. */
@Configuration(proxyBeanMethods = false)
class MemoryConfiguration {

  @Bean
  Embedders embedders(GatewaySettings settings) {
    Map<Language, Embedder> all = new EnumMap<>(Language.class);
    for (Language language : settings.domain().spoken()) {
      all.put(language, new EncoderEmbedder(BgeModel.of(language), 2));
    }
    Embedders embedders = new Embedders(all);
    embedders.warmUp();
    return embedders;
  }

  @Bean
  MemoryFolder memoryFolder(GatewaySettings settings) {
    return MemoryFolder.open(settings.home().resolve("index"));
  }

  @Bean
  RegistryRerankers rerankers(GatewaySettings settings, ArtifactRegistry registry) {
    return new RegistryRerankers(registry, settings.domain().name(), settings.domain().spoken());
  }

  @Bean
  LearnedWeights learnedWeights(GatewaySettings settings, ArtifactRegistry registry) {
    return new LearnedWeights(registry, settings.domain().name(), settings.memory()::set);
  }

  @Bean
  WeightLearning weightLearning(GatewaySettings settings, EventLog log, LearnedWeights weights) {
    return new WeightLearning(log, weights, SearchSettings.DEFAULT, settings.memory().learns(), InstantSource.system());
  }

  @Bean
  IndexGenerations memoryIndex(
      GatewaySettings settings,
      EventLog log,
      MemoryFolder folder,
      ArtifactRegistry registry,
      LearnedWeights weights,
      RegistryRerankers rerankers,
      DocumentView documents,
      Growth growth) {
    DomainPack domain = settings.domain();
    Judging judging = new Judging(weights, new LogPriors(documents, growth), rerankers);
    return new IndexGenerations(
        log,
        folder.path(),
        model -> new EncoderEmbedder(model, 2),
        (place, embedders) -> store(settings, place, embedders, judging),
        new RegistryEmbedders(registry, domain.name(), domain.spoken()));
  }

  private static PassageStore store(
      GatewaySettings settings, Path place, Map<Language, Embedder> embedders, Judging judging) {
    SolrPlan solr = settings.memory().solr();
    return solr == null
        ? new PassageIndex(
            place, embedders, SearchSettings.DEFAULT, budgets(settings).memory().vectors(), InstantSource.system(), judging)
        : new SolrPassages(
            solr.place(settings.domain().name()), embedders, SearchSettings.DEFAULT, solr.precision(), InstantSource.system(), judging);
  }

  @Bean
  DocumentView documentView(EventLog log, MemoryFolder folder, GatewaySettings settings) {
    return new DocumentView(
        log, folder.documents(), budgets(settings).versions(), InstantSource.system());
  }

  @Bean
  SnapshotShelf snapshotShelf(GatewaySettings settings) {
    return new SnapshotShelf(settings.home().resolve("snapshots"));
  }

  @Bean
  SnapshotTaker snapshotTaker(
      SnapshotShelf shelf, EventLog log, IndexGenerations index, DocumentView documents, ArtifactRegistry registry, GatewaySettings settings) {
    return new SnapshotTaker(shelf, MemoryKind.of(settings.domain(), registry), log, index, documents, InstantSource.system());
  }

  @Bean
  SnapshotSchedule snapshotSchedule(GatewaySettings settings, SnapshotTaker taker, IndexGenerations view, DocumentView documents) {
    return new SnapshotSchedule(settings.snapshots(), taker, view, documents, InstantSource.system());
  }

  @Bean
  Growth growth(EventLog log, DocumentView documents, GatewaySettings settings) {
    return new Growth(log, documents, budgets(settings).memory(), InstantSource.system());
  }

  private static DomainPack.Budgets budgets(GatewaySettings settings) {
    return settings.domain().budgets();
  }

  @Bean
  FeatureView featureView(EventLog log) {
    return new FeatureView(log);
  }

  @Bean
  DocumentRecommender recommender(IndexGenerations neighbours, DocumentView catalogue, FeatureView features) {
    return new DocumentRecommender(catalogue, neighbours, features, RecommendSettings.DEFAULT);
  }
}
