// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.millrace.agent.PromptLibrary;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Eviction;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.settings.DomainPack;
import io.millrace.core.spi.FileFormats;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.Recommender;
import io.millrace.engine.DecoderGenerator;
import io.millrace.engine.upstream.UpstreamGenerator;
import io.millrace.engine.upstream.UpstreamSettings;
import io.millrace.formats.Formats;
import io.millrace.guard.GuardPolicy;
import io.millrace.guard.RiskGuard;
import io.millrace.memory.DocumentView;
import io.millrace.memory.Growth;
import io.millrace.memory.IndexGenerations;
import io.millrace.memory.RegistryRerankers;
import io.millrace.memory.learning.WeightLearning;
import io.millrace.memory.snapshot.SnapshotShelf;
import io.millrace.memory.snapshot.SnapshotTaker;
import io.millrace.online.answer.AnswerPipeline;
import io.millrace.online.answer.AnswerRecord;
import io.millrace.online.answer.DomainPrompts;
import io.millrace.online.answer.Prompts;
import io.millrace.online.answer.Workers;
import io.millrace.online.api.ChatApi;
import io.millrace.online.api.CompletionsApi;
import io.millrace.online.api.DocumentWrites;
import io.millrace.online.api.DocumentsApi;
import io.millrace.online.api.EmbeddingsApi;
import io.millrace.online.api.EventsApi;
import io.millrace.online.api.Failures;
import io.millrace.online.api.FileIntake;
import io.millrace.online.api.FilesApi;
import io.millrace.online.api.Inspections;
import io.millrace.online.api.MemoryApi;
import io.millrace.online.api.ModelsApi;
import io.millrace.online.api.RecommendationsApi;
import io.millrace.online.api.RerankApi;
import io.millrace.online.api.ResponsesApi;
import io.millrace.online.api.SearchApi;
import io.millrace.online.api.SnapshotsApi;
import io.millrace.online.event.EventFeed;
import io.millrace.online.event.EventJournal;
import io.millrace.online.generate.DirectGeneration;
import io.millrace.online.http.FrontFilter;
import io.millrace.online.http.JsonBodies;
import io.millrace.online.http.SpanFilter;
import io.millrace.online.http.Uploads;
import io.millrace.online.model.RegistryModels;
import io.millrace.online.model.ServedModels;
import io.millrace.online.model.VllmMetrics;
import io.millrace.online.model.Watch;
import io.millrace.online.security.HostFilter;
import io.millrace.online.security.KeyFilter;
import io.millrace.online.security.KeyRing;
import io.millrace.online.security.LoginPages;
import io.millrace.online.security.Sessions;
import io.millrace.online.telemetry.Telemetry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.servlet.Filter;
import org.apache.catalina.core.StandardHost;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;

/**
 * The gateway's wiring: the parts and what each is made of; those of the memory are in {@link MemoryConfiguration}. Spring closes a part before those that it is made
 * of, which is why some parts ask for others that they only have to be closed before.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@ComponentScan("io.millrace.online.console")
@Import(MemoryConfiguration.class)
class GatewayConfiguration {

  // --- models and answers -------------------------------------------------------------------------------------

  @Bean
  Telemetry telemetry(GatewaySettings settings) {
    String collector = settings.otlp();
    return collector == null ? Telemetry.off() : Telemetry.otlp(collector, settings.domain().name());
  }

  @Bean
  Watch watch(MeterRegistry meters, PrometheusRegistry prometheus, Telemetry telemetry) {
    VllmMetrics vllm = new VllmMetrics();
    prometheus.register(vllm);
    return new Watch(meters, vllm, telemetry);
  }

  @Bean
  ServedModels servedModels(GatewaySettings settings, ArtifactRegistry registry, Watch watch) {
    DomainPack domain = settings.domain();
    GuardPolicy policy = GuardPolicy.load(settings.domainDirectory());
    return new ServedModels(
        registry,
        domain.name(),
        domain.spoken(),
        settings.canaryShare(),
        new RegistryModels(
            policy, watch, registry, domain.name(), DecoderGenerator.Settings.standard().on(settings.arithmetic())),
        new RiskGuard(policy, null),
        upstream(settings, watch));
  }

  private static @Nullable Generator upstream(GatewaySettings settings, Watch watch) {
    UpstreamSettings server = settings.upstream().server();
    return server == null
        ? null
        : watch.over(
            new UpstreamGenerator(
                server, System::getenv, settings.home().resolve("upstream-budget.json"), InstantSource.system()));
  }

  @Bean
  Workers workers(IndexGenerations closedAfterwards, ServedModels closedAfterwardsToo) {
    return new Workers(Math.max(4, 2 * Runtime.getRuntime().availableProcessors()));
  }

  @Bean
  EventJournal eventJournal(EventLog log, GatewaySettings settings) {
    return new EventJournal(
        log, settings.home().resolve("spool"), Duration.ofMillis(settings.deadlines().append()));
  }

  @Bean
  EventFeed eventFeed(EventLog log) {
    return new EventFeed(log);
  }

  @Bean
  Prompts prompts(GatewaySettings settings) {
    return new DomainPrompts(PromptLibrary.load(settings.domainDirectory()));
  }

  @Bean
  AnswerRecord answerRecord(EventJournal journal, MeterRegistry meters) {
    return new AnswerRecord(journal, meters);
  }

  @Bean
  AnswerPipeline answerPipeline(
      ServedModels models,
      IndexGenerations memory,
      Prompts prompts,
      Workers workers,
      AnswerRecord record,
      GatewaySettings settings) {
    return new AnswerPipeline(
        models, memory, prompts, workers, record, settings.limits(), settings.deadlines(), settings.upstream().use());
  }

  @Bean
  DirectGeneration directGeneration(
      ServedModels models, Workers workers, AnswerRecord record, GatewaySettings settings) {
    return new DirectGeneration(
        models, workers, record, settings.limits(), settings.deadlines(), settings.upstream().use());
  }

  @Bean
  GatewayStatus gatewayStatus(
      GatewaySettings settings,
      DocumentView documents,
      IndexGenerations index,
      ServedModels models,
      EventJournal journal,
      EventFeed feed,
      Workers workers,
      AnswerPipeline pipeline,
      Growth growth,
      WeightLearning learning,
      SnapshotSchedule snapshots,
      NearlineStates nearline) {
    return new GatewayStatus(
        settings, documents, index, models, journal, feed, workers, pipeline, growth, learning, snapshots, nearline);
  }

  // --- the interface for programs -----------------------------------------------------------------------------

  @Bean
  JsonBodies jsonBodies(GatewaySettings settings) {
    return new JsonBodies(settings.limits(), settings.deadlines());
  }

  @Bean
  ChatApi chatApi(
      AnswerPipeline pipeline,
      DirectGeneration generation,
      ServedModels models,
      JsonBodies bodies,
      GatewaySettings settings) {
    return new ChatApi(pipeline, generation, models, bodies, settings.limits(), settings.deadlines());
  }

  @Bean
  CompletionsApi completionsApi(
      DirectGeneration generation, ServedModels models, JsonBodies bodies, GatewaySettings settings) {
    return new CompletionsApi(generation, models, bodies, settings.limits(), settings.deadlines());
  }

  @Bean
  ResponsesApi responsesApi(
      DirectGeneration generation, ServedModels models, JsonBodies bodies, GatewaySettings settings) {
    return new ResponsesApi(generation, models, bodies, settings.limits(), settings.deadlines());
  }

  @Bean
  RerankApi rerankApi(
      Embedders embedders,
      RegistryRerankers rerankers,
      ServedModels models,
      Workers workers,
      JsonBodies bodies,
      GatewaySettings settings) {
    return new RerankApi(embedders, rerankers, models, workers, bodies, settings.limits(), settings.deadlines());
  }

  @Bean
  EmbeddingsApi embeddingsApi(Embedders embedders, Workers workers, JsonBodies bodies, GatewaySettings settings) {
    return new EmbeddingsApi(embedders.all(), workers, bodies, settings.limits(), settings.deadlines());
  }

  @Bean
  ModelsApi modelsApi(ServedModels models, Embedders embedders) {
    return new ModelsApi(models, embedders.all());
  }

  @Bean
  SearchApi searchApi(
      IndexGenerations memory,
      DocumentView documents,
      ServedModels models,
      EventJournal journal,
      Workers workers,
      JsonBodies bodies,
      GatewaySettings settings) {
    return new SearchApi(memory, documents, models, journal, workers, bodies, settings.limits(), settings.deadlines());
  }

  @Bean
  RecommendationsApi recommendationsApi(
      Recommender recommender, DocumentView documents, ServedModels models, EventJournal journal) {
    return new RecommendationsApi(recommender, documents, models, journal);
  }

  @Bean
  EventsApi eventsApi(EventJournal journal, ServedModels models, JsonBodies bodies, GatewaySettings settings) {
    return new EventsApi(journal, models, bodies, settings.limits());
  }

  @Bean
  DocumentWrites documentWrites(
      EventLog log, EventJournal journal, DocumentView documents, Growth growth, GatewaySettings settings) {
    return new DocumentWrites(log, journal, documents, growth, settings.deadlines());
  }

  @Bean
  Inspections inspections(ServedModels models, EventJournal journal) {
    return new Inspections(models, journal);
  }

  @Bean
  DocumentsApi documentsApi(
      DocumentWrites documents, Inspections inspections, Growth growth, JsonBodies bodies, GatewaySettings settings) {
    return new DocumentsApi(documents, inspections, growth, bodies, settings.limits());
  }

  @Bean
  MemoryApi memoryApi(
      Growth growth,
      IndexGenerations index,
      RegistryRerankers rerankers,
      DocumentView documents,
      WeightLearning learning,
      JsonBodies bodies) {
    return new MemoryApi(growth, index, rerankers, documents, learning, bodies);
  }

  @Bean
  SnapshotsApi snapshotsApi(SnapshotTaker taker, SnapshotShelf shelf, JsonBodies bodies) {
    return new SnapshotsApi(taker, shelf, bodies);
  }

  @Bean
  FileFormats fileFormats(GatewaySettings settings) {
    // A process a processor, but one of them is for everybody else.
    return new Formats(settings.files()).open(Math.clamp(Runtime.getRuntime().availableProcessors() - 1L, 1, 4));
  }

  @Bean
  FileIntake fileIntake(
      FileFormats formats,
      DocumentWrites writes,
      DocumentView documents,
      Inspections inspections,
      EventLog log) {
    return new FileIntake(formats, writes, documents, inspections, log);
  }

  @Bean
  Uploads uploads(GatewaySettings settings) {
    return new Uploads(settings.home().resolve("uploads"));
  }

  @Bean
  FilesApi filesApi(FileIntake intake, Uploads uploads, ServedModels models, GatewaySettings settings) {
    return new FilesApi(intake, uploads, models, settings.files(), settings.limits(), settings.deadlines());
  }

  @Bean
  Failures failures() {
    return new Failures();
  }

  // --- who may use it -----------------------------------------------------------------------------------------

  @Bean
  KeyRing keyRing(GatewaySettings settings) {
    return new KeyRing(settings.keys());
  }

  @Bean
  Sessions sessions() {
    return new Sessions();
  }

  @Bean
  LoginPages loginPages(KeyRing keys, Sessions sessions) {
    return new LoginPages(keys, sessions);
  }

  @Bean
  FilterRegistrationBean<Filter> frontFilter() {
    return ordered(new FrontFilter(), 1);
  }

  @Bean
  FilterRegistrationBean<Filter> hostFilter(GatewaySettings settings) {
    return ordered(new HostFilter(settings), 2);
  }

  @Bean
  FilterRegistrationBean<Filter> spanFilter(Telemetry telemetry) {
    return ordered(new SpanFilter(telemetry), 4);
  }

  @Bean
  FilterRegistrationBean<Filter> keyFilter(KeyRing keys, Sessions sessions) {
    return ordered(new KeyFilter(keys, sessions), 3);
  }

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> tomcat(GatewaySettings settings) {
    return factory -> {
      factory.addConnectorCustomizers(
          connector -> {
            // Identities of documents hold slashes; clients that encode whole path segments send them as %2F.
            connector.setEncodedSolidusHandling("decode");
            AbstractHttp11Protocol<?> http = (AbstractHttp11Protocol<?>) connector.getProtocolHandler();
            http.setDisableUploadTimeout(false);
            http.setConnectionUploadTimeout(settings.deadlines().body());
            http.setMaxHeaderCount(64);
          });
      factory.addContextCustomizers(
          context -> {
            if (context.getParent() instanceof StandardHost host) {
              host.setErrorReportValveClass(PlainErrorValve.class.getName());
            }
          });
    };
  }

  // --- how it is ----------------------------------------------------------------------------------------------

  @Bean
  HealthIndicator indexHealthIndicator(GatewayStatus status) {
    return HealthChecks.index(status);
  }

  @Bean
  HealthIndicator eventLogHealthIndicator(GatewayStatus status) {
    return HealthChecks.eventLog(status);
  }

  @Bean
  HealthIndicator nearlineHealthIndicator(GatewayStatus status) {
    return HealthChecks.nearline(status);
  }

  @Bean
  HealthIndicator modelsHealthIndicator(ServedModels models) {
    return HealthChecks.models(models);
  }

  @Bean
  MeterBinder memoryGauges(Growth growth) {
    return meters -> {
      Gauge.builder("millrace.memory.documents", growth, each -> each.report().documents())
          .description("documents that are searched")
          .register(meters);
      Gauge.builder("millrace.memory.bytes", growth, each -> each.report().bytes())
          .description("what they take in the index, estimated")
          .register(meters);
      Gauge.builder("millrace.memory.vector.bytes", growth, each -> each.report().vectorBytes())
          .description("what their embeddings and the graph take in memory, estimated")
          .register(meters);
      Gauge.builder("millrace.memory.archived", growth, each -> each.report().archived())
          .description("documents in the archive")
          .register(meters);
      for (Eviction.Reason reason : Eviction.Reason.values()) {
        FunctionCounter.builder("millrace.memory.moves", growth, each -> each.made(reason))
            .description("documents that were moved to the archive or back by this gateway")
            .tag("reason", reason.name().toLowerCase(Locale.ROOT))
            .register(meters);
      }
    };
  }

  @Bean
  MeterBinder gauges(GatewayStatus status, EventJournal journal, Workers workers, AnswerPipeline pipeline) {
    return meters -> {
      Gauge.builder("millrace.index.lag", status, GatewayStatus::lag)
          .description("records of the log that the index does not have yet")
          .register(meters);
      Gauge.builder("millrace.work.waiting", workers, Workers::waiting)
          .description("pieces of native work that wait for a processor")
          .register(meters);
      Gauge.builder("millrace.answers.free", pipeline, AnswerPipeline::freePlaces)
          .description("questions that could be taken on now")
          .register(meters);
      Gauge.builder("millrace.events.queued", journal, EventJournal::queued).register(meters);
      Gauge.builder("millrace.events.spooled", journal, EventJournal::spooled).register(meters);
      FunctionCounter.builder("millrace.events.lost", journal, EventJournal::lost)
          .description("events of answers that neither the log nor the spool took")
          .register(meters);
    };
  }

  private static FilterRegistrationBean<Filter> ordered(Filter filter, int order) {
    FilterRegistrationBean<Filter> bean = new FilterRegistrationBean<>(filter);
    bean.setOrder(Integer.MIN_VALUE + 100 + order);
    bean.addUrlPatterns("/*");
    return bean;
  }
}
