// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.Causes;
import io.millrace.core.similarity.MinHash;
import io.millrace.core.spi.FileFormats;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.serialization.SimpleStringEncoder;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * Turns jars, directories and packages of poems into a corpus, as a Flink batch job: shares of pages → parsed and cleaned documents →
 * exact duplicates by hash, near-duplicate candidates by MinHash bands → {@link CorpusAssembly}.
 */
public final class CorpusJob {

  private static final Logger LOG = LoggerFactory.getLogger(CorpusJob.class);

  /**
   * What to read.
   *
   * @param jars in order of preference: where two have a class of the same name, links lead to the first one
   * @param poems packages of poems
   * @param mostDocuments a sample of about so many pages is taken of all jars, and of each package; 0 for all
   * @param formats reads the files of the directories
   * @param parallelism workers
   */
  public record Settings(
      List<JavadocJar> jars,
      List<SourceDirectory> directories,
      List<PoemArchive> poems,
      FileFormats.Opening formats,
      int mostDocuments,
      int parallelism) {
    public Settings {
      poems = List.copyOf(poems);
      jars = List.copyOf(jars);
      directories = List.copyOf(directories);
    }
  }

  private CorpusJob() {}

  /**
   * Runs the job to its end.
   *
   * @param scratch an empty directory for intermediate files, which the caller removes
   * @param cancelled asked a few times a second
   * @throws CancellationException when it was cancelled
   * @throws IllegalArgumentException when there is nothing to read at all, saying why for each source
   * @throws IOException when the scratch directory cannot be used or the job fails
   */
  public static Corpus run(
      Settings settings, java.nio.file.Path scratch, CorpusProgress progress, BooleanSupplier cancelled)
      throws IOException {
    Sources sources = Sources.open(settings, scratch);
    if (sources.pages().isEmpty()) {
      throw new IllegalArgumentException(
          "there is nothing to read"
              + (sources.refused().isEmpty() ? ": name jars, directories or packages of poems" : ": " + sources.refused()));
    }
    Configuration configuration = new Configuration();
    configuration.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    // Counts travel with heartbeats, and people watch them.
    configuration.set(HeartbeatManagerOptions.HEARTBEAT_INTERVAL, Duration.ofMillis(500));
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createLocalEnvironment(settings.parallelism(), configuration);
    environment.getConfig().enableObjectReuse();
    build(environment, sources, settings.formats(), scratch);
    execute(environment, sources.size(), progress, cancelled);
    return CorpusAssembly.assemble(scratch, sources);
  }

  private static void build(
      StreamExecutionEnvironment environment, Sources sources, FileFormats.Opening formats, java.nio.file.Path scratch) {
    List<ReadPages.Share> shares = sources.shares();
    SingleOutputStreamOperator<Tuple2<String, String>> documents =
        environment
            .fromSequence(0, shares.size() - 1L)
            .name("shares")
            .rebalance()
            .process(new ReadPages(sources.pages(), shares, formats))
            .returns(Types.TUPLE(Types.STRING, Types.STRING))
            .name("parse and clean");
    write(documents.map(document -> document.f1).returns(Types.STRING), scratch, CorpusAssembly.DOCUMENTS);
    write(documents.getSideOutput(ReadPages.DEAD_LETTERS), scratch, CorpusAssembly.DEAD_LETTERS);
    DataStream<String> candidates =
        documents
            .flatMap(new Fingerprints())
            .returns(Types.TUPLE(Types.STRING, Types.STRING))
            .name("fingerprints")
            .keyBy(fingerprint -> fingerprint.f0)
            .process(new Buckets())
            .returns(Types.STRING)
            .name("duplicate candidates");
    write(candidates, scratch, CorpusAssembly.CANDIDATES);
  }

  private static void write(DataStream<String> lines, java.nio.file.Path scratch, String name) {
    Path directory = new Path(scratch.resolve(name).toUri());
    lines.sinkTo(FileSink.forRowFormat(directory, new SimpleStringEncoder<String>("UTF-8")).build()).name(name);
  }

  private static void execute(
      StreamExecutionEnvironment environment, int pages, CorpusProgress progress, BooleanSupplier cancelled)
      throws IOException {
    try {
      check(cancelled);
      JobClient job = environment.executeAsync("corpus");
      CompletableFuture<?> end = job.getJobExecutionResult();
      while (true) {
        try {
          end.get(250, TimeUnit.MILLISECONDS);
          check(cancelled);
          progress.pages(pages, pages);
          return;
        } catch (TimeoutException e) {
          if (cancelled.getAsBoolean() || Thread.currentThread().isInterrupted()) {
            stop(job, end);
            throw new CancellationException("reading the content was cancelled");
          }
          progress.pages(done(job), pages);
        }
      }
    } catch (CancellationException e) {
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("reading the content was interrupted");
    } catch (Exception e) {
      throw new IOException("the corpus job failed: " + Causes.first(e), e);
    }
  }

  /** A job that is over at once is never asked in between. */
  private static void check(BooleanSupplier cancelled) {
    if (cancelled.getAsBoolean()) {
      throw new CancellationException("reading the content was cancelled");
    }
  }

  private static void stop(JobClient job, CompletableFuture<?> end) throws InterruptedException {
    try {
      job.cancel().get(10, TimeUnit.SECONDS);
      end.handle((result, failure) -> true).get(10, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException | IllegalStateException e) {
      // The local cluster may be gone before it answers; either way nothing of the job runs on.
      LOG.debug("stopping the corpus job", e);
    }
  }

  private static long done(JobClient job) throws InterruptedException {
    try {
      Map<String, Object> accumulators = new HashMap<>(job.getAccumulators().get(5, TimeUnit.SECONDS));
      return accumulators.get(ReadPages.PAGES) instanceof Number number ? number.longValue() : 0;
    } catch (ExecutionException | TimeoutException | IllegalStateException e) {
      // Before the first task runs and after the last one there is nobody to ask.
      return 0;
    }
  }
}
