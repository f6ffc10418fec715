// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.json.Json;
import io.millrace.core.time.Deadline;
import io.millrace.engine.ContinuousBatcher;
import io.millrace.engine.DecoderGenerator;
import io.millrace.engine.TokenMask;
import io.millrace.engine.TokenRequest;
import io.millrace.engine.TokenStream;
import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Millrace's engine as a {@link Contender}: submits requests like any client and notes when their tokens come. */
final class OurEngine implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  /** How often streams are started in the hope that they write at the same time, which a pause of the machine prevents. */
  private static final int TRIES = 5;

  private final DecoderGenerator engine;
  private final int vocabulary;
  private final SplittableRandom random = new SplittableRandom(3);

  OurEngine(Path folder, int threads, int vocabulary) throws IOException {
    this(folder, threads, vocabulary, ContinuousBatcher.Limits.DEFAULT);
  }

  OurEngine(Path folder, int threads, int vocabulary, ContinuousBatcher.Limits limits) throws IOException {
    this.vocabulary = vocabulary;
    engine = DecoderGenerator.open(folder, folder.toString(), new DecoderGenerator.Settings(threads, limits));
  }

  /** Arguments: model folder, threads, vocabulary. */
  public static void main(String[] arguments) throws Exception {
    try (OurEngine engine = new OurEngine(Path.of(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
        BufferedReader tasks = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      say(Map.of());
      for (String line = tasks.readLine(); line != null; line = tasks.readLine()) {
        try {
          say(Map.of("value", engine.run(Json.read(line, Task.class))));
        } catch (RuntimeException | ExecutionException e) {
          say(Map.of("error", e.toString()));
        }
      }
    }
  }

  private static void say(Map<String, Object> answer) {
    System.out.println(Json.write(answer));
    System.out.flush();
  }

  /** Does a task; see {@link Task.Kind} for what comes out. */
  double run(Task task) throws InterruptedException, ExecutionException {
    return switch (task.kind()) {
      case PREFILL -> task.prompt() / firstToken(tokens(task.prompt()));
      case DECODE -> decode(task);
      case FIRST_TOKEN -> meanToFirstToken(task);
    };
  }

  private double firstToken(int[] prompt) throws InterruptedException {
    long begin = System.nanoTime();
    return (arrivals(submit(prompt, 1, SamplingOptions.GREEDY, null))[0] - begin) / 1e9;
  }

  private double decode(Task task) throws InterruptedException, ExecutionException {
    for (int i = 0; i < TRIES; i++) {
      OptionalDouble rate = rate(write(task.streams(), task.prompt(), task.tokens() + 1));
      if (rate.isPresent()) {
        return rate.getAsDouble();
      }
    }
    throw new IllegalStateException(("%d streams of %d tokens ended before all of them had begun, %d times; write more tokens")
        .formatted(task.streams(), task.tokens(), TRIES));
  }

  /**
   * Writes sequences at the same time.
   *
   * @param prompt tokens before each
   * @param tokens of each
   * @return when each token came, in nanoseconds
   */
  List<long[]> write(int streams, int prompt, int tokens) throws InterruptedException, ExecutionException {
    return write(streams, prompt, tokens, SamplingOptions.GREEDY, null);
  }

  /**
   * The same, chosen otherwise.
   *
   * @param mask of a single stream; null for any text
   */
  List<long[]> write(int streams, int prompt, int tokens, SamplingOptions sampling, @Nullable TokenMask mask)
      throws InterruptedException, ExecutionException {
    List<long[]> all = new ArrayList<>();
    try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<long[]>> running = new ArrayList<>();
      for (int s = 0; s < streams; s++) {
        TokenStream stream = submit(tokens(prompt), tokens, sampling, mask);
        running.add(readers.submit(() -> arrivals(stream)));
      }
      for (Future<long[]> stream : running) {
        all.add(stream.get());
      }
    }
    return all;
  }

  /**
   * Tokens a second while all streams write: from the last one's first token to the first one's last.
   *
   * @param arrivals of each stream's tokens, in nanoseconds
   * @return nothing where a stream had ended before another began
   */
  static OptionalDouble rate(List<long[]> arrivals) {
    long begin = arrivals.stream().mapToLong(stream -> stream[0]).max().orElseThrow();
    long end = arrivals.stream().mapToLong(stream -> stream[stream.length - 1]).min().orElseThrow();
    if (end <= begin) {
      return OptionalDouble.empty();
    }
    long tokens = 0;
    for (long[] stream : arrivals) {
      for (long at : stream) {
        tokens += at > begin && at <= end ? 1 : 0;
      }
    }
    return OptionalDouble.of(tokens / ((end - begin) / 1e9));
  }

  private double meanToFirstToken(Task task) throws InterruptedException {
    int[] prefix = tokens(task.prefix());
    double sum = 0;
    for (int r = 0; r < task.requests(); r++) {
      int[] own = tokens(task.prefix() + task.prompt());
      if (task.shared()) {
        System.arraycopy(prefix, 0, own, 0, prefix.length);
      }
      sum += firstToken(own);
    }
    return sum / task.requests();
  }

  private TokenStream submit(int[] prompt, int tokens, SamplingOptions sampling, @Nullable TokenMask mask) {
    return engine.submit(new TokenRequest(prompt, tokens, sampling, Set.of(), mask, -1, "", 0, null, Deadline.NONE));
  }

  /** When each token came. */
  private static long[] arrivals(TokenStream stream) throws InterruptedException {
    List<Long> times = new ArrayList<>();
    while (true) {
      OptionalInt token = stream.next(PATIENCE);
      if (token.isPresent()) {
        times.add(System.nanoTime());
      } else if (stream.ended()) {
        return times.stream().mapToLong(Long::longValue).toArray();
      } else {
        throw new IllegalStateException("no token within " + PATIENCE);
      }
    }
  }

  private int[] tokens(int count) {
    return random.ints(count, 0, vocabulary).toArray();
  }

  @Override
  public void close() {
    engine.close();
  }
}
