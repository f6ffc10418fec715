// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.json.Json;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.tensor.ProcessMemory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A language model under everything at once: readers, cancellations, broken connections, bursts beyond what there is room
 * for, and two versions that take turns. Every answer is known beforehand, so none can be lost, doubled or mixed up unseen.
 *
 * <p>A few seconds in the suite; {@code -Dmillrace.soak=30} is half an hour and looks at memory, too. How soon refusals came is printed.
 */
class SoakTest {

  private static final String CHAT = "/v1/chat/completions";
  private static final int CLIENTS = 16;
  private static final int BURST = 40;
  private static final int TOKENS = 24;
  private static final List<String> PROMPTS =
      List.of("What colour is the lamp?", "Is the door red?", "lamp lamp lamp", "The", "dark blue and the door is", "?");

  /** What a step that is late would leave out is no matter here, and on a machine with other work any step can be late. */
  private static final Deadlines PATIENT = new Deadlines(60_000, 60_000, 0, 0, 60_000, 60_000, 60_000);

  /** Minutes; 0 for a few seconds. */
  private static final int MINUTES = Integer.getInteger("millrace.soak", 0);

  @TempDir
  private Path folder;
  private TestMill mill;
  private HttpClient client;
  /** Apart from the other, from under whose requests a cancelled one may close a connection that both have used. */
  private HttpClient leaving;
  /** By version and prompt. */
  private final Map<String, Map<String, String>> expected = new HashMap<>();
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong left = new AtomicLong();
  private final List<Double> refusals = Collections.synchronizedList(new ArrayList<>());
  private volatile boolean over;

  @Test
  void everyAnswerArrivesOnceAndIsTheOneOfItsVersion() throws Exception {
    Duration length = MINUTES == 0 ? Duration.ofSeconds(6) : Duration.ofMinutes(MINUTES);
    try (TestMill started = TestMill.start(List.of(), new Limits(60_000, 0, 0, 256, 24, 0, 8), PATIENT);
        HttpClient staying = HttpClient.newHttpClient();
        HttpClient going = HttpClient.newHttpClient()) {
      mill = started;
      client = staying;
      leaving = going;
      for (int version = 1; version <= 2; version++) {
        mill.serve("mill/decoder", "decoder", SmallDecoder.write(folder.resolve("v" + version), version));
        for (String prompt : PROMPTS) {
          JsonNode reply = TestMill.json(mill.post(CHAT, body(prompt, false, TOKENS)));
          expected.computeIfAbsent(reply.at("/millrace/model").asString(), v -> new HashMap<>()).put(prompt, text(reply));
        }
      }
      assertThat(expected.keySet()).containsExactlyInAnyOrder("mill/decoder@1", "mill/decoder@2");
      run(length);
      Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(mill.get("/actuator/prometheus").body())
          .containsPattern("vllm:num_requests_running\\{model_name=\"mill/decoder@[12]\"} 0.0")
          .containsPattern("vllm:num_requests_waiting\\{model_name=\"mill/decoder@[12]\"} 0.0"));
    }
  }

  private void run(Duration length) throws Exception {
    Held early = null;
    long end = System.nanoTime() + length.toNanos();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        SplittableRandom random = new SplittableRandom(i);
        all.add(threads.submit(() -> behave(random)));
      }
      for (int version = 1; System.nanoTime() < end && all.stream().noneMatch(Future::isDone); version = 3 - version) {
        mill.registry.promote("mill/decoder", ArtifactRegistry.CHAMPION, version, "soak");
        TimeUnit.MILLISECONDS.sleep(1_500); // between swaps; nothing is waited for
        if (early == null && System.nanoTime() > end - length.toNanos() / 2) {
          early = Held.now();
        }
      }
      over = true;
      for (Future<?> each : all) {
        each.get(60, TimeUnit.SECONDS);
      }
    }
    List<Double> sorted = refusals.stream().sorted().toList();
    Held late = Held.now();
    System.out.printf("soak: %d answers, %d left early, %d refused (median %.1f ms, 99 %% %.1f ms), at half time %s, at the end %s%n",
        answered.get(), left.get(), sorted.size(), quantile(sorted, 0.5), quantile(sorted, 0.99), early, late);
    assertThat(answered.get()).isGreaterThan(50);
    assertThat(left.get()).isPositive();
    if (MINUTES > 0 && early != null) {
      assertThat(late.objects / (double) early.objects).as("objects beside half time").isLessThan(1.1);
      assertThat(late.others / (double) early.others).as("other memory beside half time").isLessThan(1.05);
    }
  }

  /**
   * What the process holds: a heap grows before it is collected, which is no leak, so it is collected first.
   *
   * @param objects bytes of live objects
   * @param others bytes resident beyond what is set aside for objects
   */
  private record Held(long objects, long others) {
    private static final int SAMPLES = MINUTES == 0 ? 1 : 80;

    /** Memory goes back to the system some time after a collection, in pieces: the least that is seen within some seconds counts. */
    static Held now() throws InterruptedException {
      System.gc();
      MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
      long objects = memory.getHeapMemoryUsage().getUsed();
      long others = Long.MAX_VALUE;
      for (int i = 0; i < SAMPLES; i++) {
        others = Math.min(others, ProcessMemory.resident() - memory.getHeapMemoryUsage().getCommitted());
        TimeUnit.MILLISECONDS.sleep(100); // between samples; nothing is waited for
      }
      return new Held(objects, others);
    }

    @Override
    public String toString() {
      return "%d MB of objects and %d MB of others".formatted(objects >> 20, others >> 20);
    }
  }

  private static double quantile(List<Double> sorted, double share) {
    return sorted.isEmpty() ? 0 : sorted.get((int) (share * (sorted.size() - 1)));
  }

  private Void behave(SplittableRandom random) throws Exception {
    while (!over) {
      String prompt = PROMPTS.get(random.nextInt(PROMPTS.size()));
      switch (random.nextInt(20)) {
        case 0 -> goAway(prompt, random.nextInt(300));
        case 1 -> cancel(prompt, random.nextInt(30));
        case 2 -> burst(prompt);
        default -> ask(prompt, random.nextBoolean());
      }
    }
    return null;
  }

  private void ask(String prompt, boolean stream) throws InterruptedException {
    long start = System.nanoTime();
    HttpResponse<String> response = mill.post(CHAT, body(prompt, stream, TOKENS));
    double millis = (System.nanoTime() - start) / 1e6;
    judge(prompt, stream, response);
    if (response.statusCode() == 429) {
      refusals.add(millis);
      TimeUnit.MILLISECONDS.sleep(20); // as a client that backs off, though less than it is told to
    }
  }

  private void judge(String prompt, boolean stream, HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isIn(200, 429);
    if (response.statusCode() == 429) {
      return;
    }
    String said;
    String version;
    if (stream) {
      assertThat(response.body()).endsWith("data: [DONE]\n\n");
      List<JsonNode> chunks = TestMill.events(response);
      said = chunks.stream().map(chunk -> chunk.at("/choices/0/delta/content").asString("")).collect(Collectors.joining());
      version = chunks.stream().map(chunk -> chunk.at("/millrace/model").asString("")).collect(Collectors.joining());
    } else {
      said = text(TestMill.json(response));
      version = TestMill.json(response).at("/millrace/model").asString();
    }
    assertThat(expected).as(response.body()).containsKey(version);
    assertThat(said).as(version + " " + prompt).isEqualTo(expected.get(version).get(prompt));
    answered.incrementAndGet();
  }

  private void burst(String prompt) throws ExecutionException, InterruptedException {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < BURST; i++) {
      all.add(client.sendAsync(request(body(prompt, false, TOKENS)), HttpResponse.BodyHandlers.ofString())
          .thenAccept(response -> judge(prompt, false, response)));
    }
    for (CompletableFuture<Void> each : all) {
      each.get();
    }
  }

  private void cancel(String prompt, int millis) throws InterruptedException {
    CompletableFuture<HttpResponse<String>> asked =
        leaving.sendAsync(request(body(prompt, true, 200)), HttpResponse.BodyHandlers.ofString());
    TimeUnit.MILLISECONDS.sleep(millis);
    asked.cancel(true);
    left.incrementAndGet();
  }

  /** Breaks the connection after some bytes of the answer. */
  private void goAway(String prompt, int bytes) throws IOException {
    byte[] body = Json.bytes(body(prompt, true, 200));
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", mill.gateway().port()));
      socket.getOutputStream().write(("POST " + CHAT + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
          + "Content-Length: " + body.length + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().write(body);
      socket.getOutputStream().flush();
      socket.getInputStream().readNBytes(bytes);
    }
    left.incrementAndGet();
  }

  private HttpRequest request(Map<String, Object> body) {
    return mill.request(CHAT).header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body))).build();
  }

  private static Map<String, Object> body(String prompt, boolean stream, int tokens) {
    return Map.of("model", "millrace-generator", "temperature", 0, "max_tokens", tokens, "stream", stream,
        "stream_options", Map.of("include_usage", true), "messages", List.of(Map.of("role", "user", "content", prompt)));
  }

  private static String text(JsonNode reply) {
    return reply.at("/choices/0/message/content").asString();
  }
}
