// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.scale;

import io.millrace.benchmarks.scale.SyntheticPassages.Known;
import io.millrace.benchmarks.scale.SyntheticPassages.Question;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.json.Json;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.time.Deadline;
import io.millrace.memory.EvidenceKind;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.SearchSettings;
import io.millrace.memory.TextHash;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** One size and precision, in a process of its own, since heap and resident memory are the process's. */
final class ScaleTrial {

  private static final int QUESTIONS = 2_000;
  private static final int JUDGED = 200;
  private static final int WANTED = 10;
  /** As the view of the log does it while documents keep coming. */
  private static final Duration REFRESH = Duration.ofMillis(300);
  private static final int DOCUMENTS_A_SECOND = 25;
  /** What a gateway allows for the embedding of a question, half of {@code deadlines.retrieve}. */
  private static final Duration PATIENCE = Duration.ofMillis(2_500);

  private final SyntheticPassages passages;
  private final int count;
  private final int seconds;
  private final VectorPrecision precision;
  private final boolean named;
  private final Path folder;
  private final List<Question> questions;

  private ScaleTrial(int count, int seconds, VectorPrecision precision, boolean named, Path folder) {
    this.count = count;
    this.seconds = seconds;
    this.precision = precision;
    this.named = named;
    this.folder = folder;
    this.passages = new SyntheticPassages(count, named);
    this.questions = IntStream.range(0, QUESTIONS).mapToObj(i -> passages.question(i, count)).toList();
  }

  /**
   * What one trial came to.
   *
   * @param indexed passages a second, until all are durable and can be found
   * @param settled the same, until nothing is left to merge: that is the index which is searched
   * @param p50 milliseconds of a hybrid search by one client
   * @param p99 the same
   * @param searches a second, by one client for each processor
   * @param streaming the same while documents come in
   * @param visibleP95 milliseconds from a document's put to its being found, meanwhile
   * @param recall at 10 of the ten nearest of all passages
   * @param disk bytes of all files
   * @param walked bytes that searches by meaning walk through: graph, and embeddings of the chosen precision
   * @param heap bytes in use after a collection
   * @param resident bytes of the process at its peak, pages of files included
   * @param byName share of one client's searches of whose hits one is called what the question names
   * @param byGraph share of those of whose hits one is near in the graph of names and links
   */
  record Result(
      double indexed, double settled, double p50, double p99, double searches, double streaming, double visibleP95, double recall, double disk,
      double walked, double heap, double resident, double byName, double byGraph) {}

  /** Arguments: passages, seconds of each measurement, precision, whether with names and links, an empty folder. Prints the result as JSON in its last line. */
  public static void main(String[] arguments) throws Exception {
    var trial = new ScaleTrial(
        Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]), VectorPrecision.ofName(arguments[2]),
        Boolean.parseBoolean(arguments[3]), Path.of(arguments[4]));
    System.out.println(Json.write(trial.measure()));
  }

  private Result measure() throws Exception {
    Filled filled = fill();
    double disk;
    double walked;
    try (PassageIndex index = open(SearchSettings.DEFAULT)) {
      disk = index.bytesOnDisk();
      PassageIndex.VectorBytes bytes = index.vectorBytes();
      walked = bytes.graph() + bytes.walked(precision);
    }
    double recall = recall();
    try (PassageIndex index = open(SearchSettings.DEFAULT)) {
      say("warming up");
      run(index, 1, seconds);
      say("one client");
      Searches one = run(index, 1, seconds);
      double[] alone = sorted(one.times());
      int clients = Runtime.getRuntime().availableProcessors();
      say("a client for each processor");
      double quiet = run(index, clients, seconds).perSecond();
      say("while documents come in");
      List<Double> visible = Collections.synchronizedList(new ArrayList<>());
      double streaming;
      AtomicBoolean ended = new AtomicBoolean();
      ExecutorService writing = Executors.newSingleThreadExecutor();
      try {
        Future<?> writer = writing.submit(() -> stream(index, ended, visible));
        // What writes is compiled meanwhile, which takes the better part of a processor.
        run(index, clients, 2 * seconds);
        visible.clear();
        streaming = run(index, clients, seconds).perSecond();
        ended.set(true);
        writer.get(60, TimeUnit.SECONDS);
      } finally {
        writing.shutdownNow();
      }
      System.gc();
      double heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
      return new Result(
          filled.indexed(), filled.settled(), at(alone, 0.5), at(alone, 0.99), quiet, streaming, at(sorted(visible), 0.95), recall, disk, walked, heap,
          peakResident(), one.share(Searched::byName), one.share(Searched::byGraph));
    }
  }

  /** Passages a second, see {@link Result}. */
  private record Filled(double indexed, double settled) {}

  /** Indexes as the view of the log does, passages first and embeddings after them, in batches. */
  private Filled fill() throws IOException, InterruptedException {
    long start = System.nanoTime();
    try (PassageIndex index = open(SearchSettings.DEFAULT)) {
      int documents = count / SyntheticPassages.OF_A_DOCUMENT;
      for (int document = 0; document < documents; document++) {
        put(index, document);
        if (document % 25_000 == 24_999) {
          say("%,d passages, %,.0f/s".formatted((document + 1) * SyntheticPassages.OF_A_DOCUMENT,
              (document + 1) * SyntheticPassages.OF_A_DOCUMENT / ((System.nanoTime() - start) / 1e9)));
        }
      }
      index.commit(Map.of());
      double indexed = count / ((System.nanoTime() - start) / 1e9);
      say("merging");
      while (index.merging()) {
        TimeUnit.MILLISECONDS.sleep(100);
      }
      index.commit(Map.of());
      return new Filled(indexed, count / ((System.nanoTime() - start) / 1e9));
    }
  }

  private void put(PassageIndex index, int document) throws IOException {
    List<Passage> written = passages.document(document);
    String id = SyntheticPassages.documentId(document);
    index.put(id, written);
    List<PassageVector> vectors = new ArrayList<>();
    for (Passage passage : written) {
      float[] vector = passages.vector(document * SyntheticPassages.OF_A_DOCUMENT + passage.ordinal());
      vectors.add(new PassageVector(TextHash.of(passage), vector));
    }
    index.putVectors(id, new PassageVectors(id, "synthetic", vectors));
  }

  private PassageIndex open(SearchSettings settings) {
    return new PassageIndex(folder, Map.of(Language.ENGLISH, new Known(questions)), settings, precision, InstantSource.system());
  }

  /** Compares with the nearest of all, which are found by looking at each. */
  private double recall() {
    say("recall at 10");
    NearestOfAll exact = new NearestOfAll(questions.subList(0, JUDGED).stream().map(Question::vector).toList(), WANTED);
    for (int number = 0; number < count; number++) {
      exact.look(number, passages.vector(number));
    }
    SearchSettings byMeaning = SearchSettings.DEFAULT.with(ranking -> ranking.alone().withDenseShare(1)).withoutMerging();
    int found = 0;
    try (PassageIndex index = open(byMeaning)) {
      for (int i = 0; i < JUDGED; i++) {
        Set<Integer> nearest = exact.nearest(i);
        // What is called as the question says would stand before what is near.
        found += (int) index.search(Query.of(questions.get(i).plain(), WANTED, Access.EVERYTHING)).hits().stream()
            .filter(hit -> nearest.contains(number(hit.passage()))).count();
      }
    }
    return found / (double) (JUDGED * WANTED);
  }

  private static int number(Passage passage) {
    int document = Integer.parseInt(passage.documentId().substring(passage.documentId().lastIndexOf('/') + 1));
    return document * SyntheticPassages.OF_A_DOCUMENT + passage.ordinal();
  }

  /** With the time that a gateway gives by default; questions that name something want an answer, for which alone the graph is asked in English. */
  private Query query(Question question, int limit) {
    Query query = new Query(question.text(), null, limit, "", Deadline.after(PATIENCE), Access.EVERYTHING);
    return named ? query.answering() : query;
  }

  /**
   * One search.
   *
   * @param millis that it took
   * @param byName whether names speak for a hit
   * @param byGraph whether the graph does
   */
  private record Searched(double millis, boolean byName, boolean byGraph) {
    static Searched of(double millis, Retriever.Result result) {
      // A search that leaves something out is faster than what is to be measured.
      if (!result.notes().isEmpty()) {
        throw new IllegalStateException("a search was not as it should be: " + result.notes());
      }
      return new Searched(millis, spoke(result, EvidenceKind.NAME), spoke(result, EvidenceKind.GRAPH));
    }

    private static boolean spoke(Retriever.Result result, EvidenceKind kind) {
      return result.hits().stream().flatMap(hit -> hit.evidence().stream())
          .anyMatch(evidence -> evidence.retriever().equals(kind.code()) && evidence.normalised() > 0);
    }
  }

  private record Searches(List<Searched> all, double seconds) {
    double perSecond() {
      return all.size() / seconds;
    }

    List<Double> times() {
      return all.stream().map(Searched::millis).toList();
    }

    double share(Predicate<Searched> those) {
      return all.stream().filter(those).count() / (double) Math.max(1, all.size());
    }
  }

  private Searches run(PassageIndex index, int clients, int seconds) throws Exception {
    AtomicInteger next = new AtomicInteger();
    long start = System.nanoTime();
    long end = start + TimeUnit.SECONDS.toNanos(seconds);
    List<Searched> all = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
      List<Future<List<Searched>>> running = new ArrayList<>();
      for (int client = 0; client < clients; client++) {
        running.add(threads.submit(() -> {
          List<Searched> own = new ArrayList<>();
          while (System.nanoTime() < end) {
            Question question = questions.get(next.getAndIncrement() % questions.size());
            long begun = System.nanoTime();
            Retriever.Result result = index.search(query(question, WANTED));
            own.add(Searched.of((System.nanoTime() - begun) / 1e6, result));
          }
          return own;
        }));
      }
      for (Future<List<Searched>> each : running) {
        all.addAll(each.get());
      }
    }
    return new Searches(all, (System.nanoTime() - start) / 1e9);
  }

  /** Puts documents at a steady pace, refreshes as the view does, and notes how long each took to be found. */
  private @Nullable Void stream(PassageIndex index, AtomicBoolean ended, List<Double> visible) throws Exception {
    int document = count / SyntheticPassages.OF_A_DOCUMENT;
    List<Long> waiting = new ArrayList<>();
    long start = System.nanoTime();
    long refreshed = start;
    for (int put = 0; !ended.get(); put++) {
      put(index, document + put);
      waiting.add(System.nanoTime());
      long due = start + (put + 1) * TimeUnit.SECONDS.toNanos(1) / DOCUMENTS_A_SECOND;
      if (System.nanoTime() - refreshed > REFRESH.toNanos()) {
        index.refresh();
        refreshed = System.nanoTime();
        for (long begun : waiting) {
          visible.add((refreshed - begun) / 1e6);
        }
        waiting.clear();
      }
      TimeUnit.NANOSECONDS.sleep(Math.max(0, due - System.nanoTime()));
    }
    return null;
  }

  private static double peakResident() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return Double.NaN;
    }
    return Files.readAllLines(status).stream().filter(line -> line.startsWith("VmHWM:")).findFirst()
        .map(line -> 1024.0 * Long.parseLong(line.replaceAll("\\D+", ""))).orElse(Double.NaN);
  }

  private static double[] sorted(List<Double> values) {
    return values.stream().mapToDouble(value -> value).sorted().toArray();
  }

  private static double at(double[] sorted, double share) {
    return sorted.length == 0 ? Double.NaN : sorted[(int) Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  }

  private static void say(String line) {
    System.out.println(String.format(Locale.ROOT, "%s", line));
  }
}
