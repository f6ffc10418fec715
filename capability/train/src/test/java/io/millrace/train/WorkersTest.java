// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.train.distributed.LocalLauncher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

/** Real processes, and what happens when one is killed. */
class WorkersTest {
  @TempDir private Path folder;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();

  private LocalLauncher launcher(int processes, String sharding, double rate, long steps) {
    List<String> command = LocalLauncher.sameJava(PretrainingWorker.class,
        List.of(folder.toString(), sharding, Double.toString(rate), Long.toString(steps)));
    return new LocalLauncher(processes, command, 2, new PrintStream(output, true, StandardCharsets.UTF_8));
  }

  private String printed() {
    return output.toString(StandardCharsets.UTF_8);
  }

  private long steps() throws IOException {
    Path metrics = folder.resolve("run/metrics.jsonl");
    return Files.exists(metrics) ? Files.readAllLines(metrics).size() : 0;
  }

  private static CompletableFuture<Void> inBackground(LocalLauncher launcher) {
    return CompletableFuture.runAsync(() -> {
      try {
        launcher.run();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }, task -> Thread.ofPlatform().start(task));
  }

  @Test
  @Timeout(180)
  void aKilledWorkerIsNamedAndTheRunContinuesWithFewerProcesses() throws Exception {
    CompletableFuture<Void> run = inBackground(launcher(2, "GRADIENTS", DistributedPretrainingTest.RATE, 60));
    await().atMost(Duration.ofMinutes(4)).pollInterval(Duration.ofMillis(20)).until(() -> checkpoint() && steps() > 10 && steps() < 50);
    Matcher pid = Pattern.compile("\\[rank 1] pid (\\d+)").matcher(printed());
    assertThat(pid.find()).as(printed()).isTrue();
    ProcessHandle.of(Long.parseLong(pid.group(1))).orElseThrow().destroyForcibly();
    assertThatThrownBy(() -> run.get(30, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class)
        .hasMessageContaining("rank 1 of 2").hasMessageContaining("signal 9");

    long before = steps();
    long saved = savedStep();
    assertThat(saved).isBetween(1L, before);
    output.reset();
    launcher(1, "NONE", DistributedPretrainingTest.RATE, 60).run();
    assertThat(printed()).contains("first step " + (saved + 1) + ".");
    List<Double> curve = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("run/metrics.jsonl"))) {
      curve.add(Json.read(line, MetricsPoint.class).loss());
    }
    assertThat(before).isLessThan(60);
    Pretraining.Result alone = new Pretraining(DistributedPretrainingTest.settings(60, DistributedPretrainingTest.RATE), RunControl.in(folder.resolve("alone")))
        .run(PretrainingTest.madeText(30_000), new int[0], folder.resolve("other"));
    assertThat(curve).hasSize(60);
    for (int i = 0; i < 50; i++) {
      assertThat(curve.get(i)).as("step " + i).isCloseTo(alone.outcome().curve().get(i).loss(), within(1e-4));
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private boolean checkpoint() throws IOException {
    return savedStep() > 0;
  }

  /** The step of the newest complete checkpoint of several processes; 0 if there is none. */
  private long savedStep() throws IOException {
    Path run = folder.resolve("run");
    if (!Files.isDirectory(run)) {
      return 0;
    }
    try (Stream<Path> checkpoints = Files.list(run)) { // not a walk: files within come and go meanwhile
      return checkpoints.filter(at -> Files.exists(at.resolve("manifest.json")))
          .mapToLong(at -> Long.parseLong(at.getFileName().toString().substring("resume-".length()))).max().orElse(0);
    }
  }

  @Test
  @Timeout(120)
  void survivorsStopByThemselvesAndNameTheOneThatIsGone() throws Exception {
    int port = freePort();
    List<Process> workers = new ArrayList<>();
    try {
      for (int rank = 0; rank < 3; rank++) {
        ProcessBuilder builder = new ProcessBuilder(LocalLauncher.sameJava(PretrainingWorker.class,
            List.of(folder.toString(), "NONE", "0.005", "1000000"))).redirectErrorStream(true)
            .redirectOutput(folder.resolve("out-" + rank).toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().putAll(Map.of("MASTER_ADDR", "127.0.0.1", "MASTER_PORT", "" + port,
            "RANK", "" + rank, "WORLD_SIZE", "3", "OMP_NUM_THREADS", "1"));
        workers.add(builder.start());
      }
      await().atMost(Duration.ofMinutes(4)).pollInterval(Duration.ofMillis(20)).until(() -> steps() > 3);
      workers.get(2).destroyForcibly();
      for (int rank = 0; rank < 2; rank++) {
        assertThat(workers.get(rank).waitFor(30, TimeUnit.SECONDS)).as("rank %d ended", rank).isTrue();
        assertThat(workers.get(rank).exitValue()).isEqualTo(1);
        assertThat(Files.readString(folder.resolve("out-" + rank))).contains("rank 2 of 3 is gone");
      }
    } finally {
      workers.forEach(Process::destroyForcibly);
    }
  }
}
