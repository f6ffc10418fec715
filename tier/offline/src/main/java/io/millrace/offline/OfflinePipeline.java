// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Language;
import io.millrace.core.log.EventLog;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.corpus.Corpus;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** The whole way from content to artifacts and to the log, step by step; what is there already is not made again. */
public final class OfflinePipeline {

  /** The names of all steps, in the order in which they run. */
  public static final List<String> STEPS =
      List.of(
          FetchStep.NAME,
          CorpusStep.NAME,
          QuestionsStep.NAME,
          GuardStep.NAME,
          Publishing.NAME,
          ReaderStep.name(Language.ENGLISH),
          ReaderStep.name(Language.CHINESE),
          TokenizerStep.NAME,
          DecoderStep.NAME,
          EmbedderStep.name(Language.ENGLISH),
          EmbedderStep.name(Language.CHINESE),
          RerankerStep.name(Language.ENGLISH),
          RerankerStep.name(Language.CHINESE));

  private OfflinePipeline() {}

  /**
   * Returns the steps that take long and that nothing waits for: what is searched meanwhile is searched without their models, and
   * with them as soon as they are there. None of them stands before another step.
   */
  public static List<String> later(OfflineSettings settings) {
    return steps(settings).stream().filter(step -> step instanceof TunedStep tuned && tuned.seconds() > 0).map(Step::name).toList();
  }

  /**
   * Runs the steps.
   *
   * @param log where documents are published; its domain must be the pack's
   * @param cancelled asked between records; true, or an interrupt of this thread, ends the run, and the next one
   *     continues with the first step that has no result
   * @throws java.util.concurrent.CancellationException when it was cancelled
   * @throws IllegalArgumentException when settings or content cannot be used, with the remedy
   * @throws io.millrace.core.log.EventLogUnavailable when documents cannot be published
   * @throws IOException when files cannot be read or written, or Maven cannot fetch
   */
  public static OfflineReport run(
      OfflineSettings settings,
      ArtifactRegistry registry,
      EventLog log,
      ProgressListener listener,
      BooleanSupplier cancelled)
      throws IOException {
    if (!log.domain().equals(settings.pack().name())) {
      throw new IllegalArgumentException(
          "the event log is that of '" + log.domain() + "', the domain is '" + settings.pack().name() + "'");
    }
    long start = System.nanoTime();
    StepRunner runner = new StepRunner(settings, registry, listener, cancelled);
    List<StepReport> reports = new ArrayList<>();
    List<Step> steps = steps(settings);
    for (Step step : steps) {
      if (wanted(settings, step.name())) {
        reports.add(runner.run(step));
      } else if (needed(settings, steps, step)) {
        runner.find(step);
      }
      // A gateway or streaming jobs that run elsewhere get the documents while models are trained; risk control, which judges what
      // they hide, takes some seconds.
      if (step.name().equals(GuardStep.NAME) && wanted(settings, Publishing.NAME)) {
        reports.add(publish(settings, runner.result(CorpusStep.NAME), registry, log, listener, cancelled));
      }
    }
    return new OfflineReport(settings.pack().name(), reports, Duration.ofNanos(System.nanoTime() - start));
  }

  /**
   * Returns a domain's documents without publishing or training anything: those of an earlier run if sources and settings
   * are the same, else fetched, read and kept as {@link #run} does it.
   *
   * @param cancelled as for {@link #run}
   * @throws java.util.concurrent.CancellationException when it was cancelled
   * @throws IllegalArgumentException when settings or content cannot be used, with the remedy
   * @throws IOException when files cannot be read or written, or Maven cannot fetch
   */
  public static Corpus corpus(
      OfflineSettings settings, ArtifactRegistry registry, ProgressListener listener, BooleanSupplier cancelled)
      throws IOException {
    StepRunner runner = new StepRunner(settings, registry, listener, cancelled);
    runner.run(new FetchStep(settings));
    runner.run(new CorpusStep(settings));
    return Corpus.read(registry.directory(runner.result(CorpusStep.NAME)));
  }

  private static List<Step> steps(OfflineSettings settings) {
    List<Step> steps = new ArrayList<>();
    steps.add(new FetchStep(settings));
    steps.add(new CorpusStep(settings));
    steps.add(new QuestionsStep(settings));
    steps.add(new GuardStep());
    for (String code : settings.pack().languages()) {
      steps.add(new ReaderStep(settings, Language.ofCode(code)));
    }
    steps.add(new TokenizerStep(settings));
    steps.add(new DecoderStep(settings));
    for (String code : settings.pack().languages()) {
      steps.add(new EmbedderStep(settings, Language.ofCode(code)));
    }
    for (String code : settings.pack().languages()) {
      steps.add(new RerankerStep(settings, Language.ofCode(code)));
    }
    return steps;
  }

  private static boolean wanted(OfflineSettings settings, String step) {
    return settings.steps().isEmpty() || settings.steps().contains(step);
  }

  /** Whether a step that is wanted needs the result, if only through others. */
  private static boolean needed(OfflineSettings settings, List<Step> steps, Step step) {
    if (wanted(settings, Publishing.NAME) && List.of(FetchStep.NAME, CorpusStep.NAME).contains(step.name())) {
      return true;
    }
    return steps.stream()
        .filter(later -> later.needs().contains(step.name()))
        .anyMatch(later -> wanted(settings, later.name()) || needed(settings, steps, later));
  }

  private static StepReport publish(
      OfflineSettings settings,
      ArtifactVersion corpus,
      ArtifactRegistry registry,
      EventLog log,
      ProgressListener listener,
      BooleanSupplier cancelled)
      throws IOException {
    long start = System.nanoTime();
    PublishingGuard guard = PublishingGuard.open(settings, registry);
    Publishing publishing = new Publishing(log, guard.guard(), settings.work(Publishing.NAME));
    String state = corpus.reference() + ", judged by " + guard.reference();
    StepReport.Outcome outcome = StepReport.Outcome.CACHED;
    String built = "nothing new";
    if (!publishing.upToDate(state)) {
      listener.started(Publishing.NAME, "append new and changed documents to the log");
      StepProgress progress = new StepProgress(Publishing.NAME, listener, cancelled);
      Corpus content = Corpus.read(registry.directory(corpus));
      publishing.publishLost(content.deadLetters(), progress);
      Publishing.Result result = publishing.publish(state, content.documents(), progress);
      outcome = StepReport.Outcome.BUILT;
      built =
          String.format(
              Locale.ROOT,
              "%,d appended, %,d deleted, %,d as before",
              result.appended(),
              result.deleted(),
              result.unchanged());
    }
    StepReport report =
        new StepReport(
            Publishing.NAME,
            "",
            outcome,
            built,
            Map.of(),
            publishing.notes(),
            false,
            Duration.ofNanos(System.nanoTime() - start));
    listener.finished(report);
    return report;
  }
}
