// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Message;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;
import io.millrace.core.spi.GeneratorBusy;
import io.millrace.core.time.Deadline;
import io.millrace.engine.upstream.UpstreamFailure.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/** Against a server that does all that servers do wrong. */
class UpstreamGeneratorTest {

  private static final GenerationRequest QUESTION =
      GenerationRequest.of(Prompt.of(List.of(new Message("user", "Say hello"))), 32);

  @Test
  void passesAnAnswerOnPieceByPiece() {
    try (ScriptedServer server = new ScriptedServer(ScriptedServer.answer());
        UpstreamGenerator generator = quick(server)) {
      List<Piece> pieces = new ArrayList<>();
      Generation generation = generator.generate(QUESTION, pieces::add);
      assertThat(pieces).containsExactly(new Piece.Text("Hello", List.of()), new Piece.Text(" wörld 世界", List.of()));
      assertThat(generation).isEqualTo(new Generation("Hello wörld 世界", List.of(), List.of(), 7, 3, 4, Finish.STOP));
      assertThat(generator.model()).isEqualTo("upstream/large");
      assertThat(generator.status()).isEqualTo(new UpstreamStatus(true, 0, 1, 0, 0, 7, 4, 0));
    }
  }

  @Test
  void triesAgainWhereNothingWasSaidYet() {
    try (ScriptedServer server =
            new ScriptedServer(
                ScriptedServer.status(429, "{}", "Retry-After", "0"), ScriptedServer.status(503, "<html>down</html>"),
                ScriptedServer.answer());
        UpstreamGenerator generator = quick(server)) {
      assertThat(generator.generate(QUESTION, Piece.ignored()).text()).isEqualTo("Hello wörld 世界");
      assertThat(server.asked).hasSize(3);
      assertThat(generator.status().retries()).isEqualTo(2);
      // 429 speaks for the server.
      assertThat(generator.status().failures()).isEqualTo(1);
    }
    try (ScriptedServer server = new ScriptedServer(ScriptedServer.broken(), ScriptedServer.answer());
        UpstreamGenerator generator = quick(server)) {
      assertThat(generator.generate(QUESTION, Piece.ignored()).text()).isEqualTo("Hello wörld 世界");
    }
  }

  @Test
  void saysWhenToComeBackWhereTheServerAsksForMorePatienceThanThereIs() {
    try (ScriptedServer server =
            new ScriptedServer(ScriptedServer.status(429, "{\"error\":{\"message\":\"slow down\"}}", "Retry-After", "77"));
        UpstreamGenerator generator = quick(server)) {
      assertThatThrownBy(() -> generator.generate(QUESTION, Piece.ignored()))
          .isInstanceOfSatisfying(GeneratorBusy.class, busy -> assertThat(busy.retryAfter()).hasSeconds(77))
          .hasMessageContaining("slow down");
      assertThat(server.asked).hasSize(1);
    }
  }

  @Test
  void doesNotBeginAnewOnceSomethingWasSaid() {
    try (ScriptedServer server = new ScriptedServer(ScriptedServer.broken(ScriptedServer.text("Hel")), ScriptedServer.answer());
        UpstreamGenerator generator = quick(server)) {
      StringBuilder said = new StringBuilder();
      assertThatThrownBy(() -> generator.generate(QUESTION, Piece.texts(said::append)))
          .isInstanceOfSatisfying(UpstreamFailure.class, failure -> assertThat(failure.kind()).isEqualTo(Kind.BROKEN));
      assertThat(said.toString()).isEqualTo("Hel");
      assertThat(server.asked).hasSize(1);
      // What broke off is booked by estimate.
      assertThat(generator.status().outputTokens()).isPositive();
    }
  }

  @Test
  void tellsAStreamThatEndsEarlyFromOneThatIsWhole() {
    try (ScriptedServer server = new ScriptedServer(ScriptedServer.events(ScriptedServer.text("Hel")));
        UpstreamGenerator generator = quick(server)) {
      assertThatThrownBy(() -> generator.generate(QUESTION, Piece.ignored())).hasMessageContaining("broke off");
    }
    try (ScriptedServer server =
            new ScriptedServer(ScriptedServer.events(ScriptedServer.text("Hel"), ScriptedServer.finish("length")));
        UpstreamGenerator generator = quick(server)) {
      assertThat(generator.generate(QUESTION, Piece.ignored()).finish()).isEqualTo(Finish.LENGTH);
    }
  }

  @Test
  void quotesWhatIsNoJson() {
    try (ScriptedServer server = new ScriptedServer(ScriptedServer.events("{\"choices\": [oops"));
        UpstreamGenerator generator = quick(server)) {
      assertThatThrownBy(() -> generator.generate(QUESTION, Piece.ignored()))
          .isInstanceOfSatisfying(UpstreamFailure.class, failure -> assertThat(failure.kind()).isEqualTo(Kind.BROKEN))
          .hasMessageContaining("oops");
      assertThat(server.asked).hasSize(3);
    }
  }

  @Test
  void givesUpOnAServerThatIsSilent() {
    CountDownLatch over = new CountDownLatch(1);
    try (ScriptedServer server = new ScriptedServer(exchange -> over.await(20, TimeUnit.SECONDS));
        UpstreamGenerator generator = with(server, "timeouts", new UpstreamSettings.Timeouts(0, 100, 100))) {
      assertThatThrownBy(() -> generator.generate(QUESTION, Piece.ignored()))
          .isInstanceOfSatisfying(UpstreamFailure.class, failure -> assertThat(failure.kind()).isEqualTo(Kind.SILENT))
          .hasMessageContaining("did not answer for 100 ms");
      assertThat(server.asked).hasSize(3);
      over.countDown();
    }
    CountDownLatch end = new CountDownLatch(1);
    try (ScriptedServer server =
            new ScriptedServer(exchange -> {
              ScriptedServer.send(ScriptedServer.begin(exchange), ScriptedServer.text("Hel"));
              end.await(20, TimeUnit.SECONDS);
            });
        UpstreamGenerator generator = with(server, "timeouts", new UpstreamSettings.Timeouts(0, 5_000, 100))) {
      assertThatThrownBy(() -> generator.generate(QUESTION, Piece.ignored())).hasMessageContaining("fell silent for 100 ms");
      end.countDown();
    }
  }

  @Test
  void takesBytesAsTheyCome() {
    String stream = ": hi\r\n\r\nevent: x\r\ndata:" + ScriptedServer.text("Grüße, ") + "\r\n\r\ndata: " + ScriptedServer.text("世界")
        + "\n\n: at work\n\ndata: " + ScriptedServer.finish("stop") + "\n\ndata: [DONE]\n\n";
    try (ScriptedServer server =
            new ScriptedServer(exchange -> {
              OutputStream out = ScriptedServer.begin(exchange);
              for (byte each : stream.getBytes(StandardCharsets.UTF_8)) {
                out.write(each);
                out.flush();
              }
              out.close();
            });
        UpstreamGenerator generator = quick(server)) {
      assertThat(generator.generate(QUESTION, Piece.ignored()).text()).isEqualTo("Grüße, 世界");
    }
  }

  @Test
  void closesTheConnectionWhenNobodyWaitsAnyMore() {
    CompletableFuture<Boolean> noticed = new CompletableFuture<>();
    AtomicBoolean left = new AtomicBoolean();
    try (ScriptedServer server =
            new ScriptedServer(exchange -> {
              OutputStream out = ScriptedServer.begin(exchange);
              try {
                while (true) {
                  ScriptedServer.send(out, ScriptedServer.text("on and on "));
                  Thread.sleep(5);
                }
              } catch (java.io.IOException e) {
                noticed.complete(true);
              }
            });
        UpstreamGenerator generator = quick(server)) {
      Generation cancelled =
          generator.generate(QUESTION.until(Deadline.NONE, left::get), Piece.texts(text -> left.set(true)));
      assertThat(cancelled.finish()).isEqualTo(Finish.CANCELLED);
      assertThat(cancelled.text()).startsWith("on and on ");
      await().until(noticed::isDone);
      Generation late =
          generator.generate(QUESTION.until(Deadline.after(Duration.ofMillis(200)), () -> false), Piece.ignored());
      assertThat(late.finish()).isEqualTo(Finish.DEADLINE);
      assertThat(generator.status().failures()).isZero();
    }
  }

  @Test
  void aReaderThatFailsIsNotTheServersFault() {
    try (ScriptedServer server = new ScriptedServer(ScriptedServer.answer());
        UpstreamGenerator generator = quick(server)) {
      assertThatThrownBy(
              () -> generator.generate(QUESTION, piece -> {
                throw new UnsupportedOperationException("reader");
              }))
          .isInstanceOf(UnsupportedOperationException.class);
      assertThat(server.asked).hasSize(1);
      assertThat(generator.status().failures()).isZero();
      assertThat(generator.status().running()).isZero();
    }
  }

  @Test
  void leavesAServerThatFailsAloneForAWhileAndThenTriesAgain() {
    try (ScriptedServer server =
            new ScriptedServer(
                ScriptedServer.status(500, ""), ScriptedServer.status(500, ""), ScriptedServer.status(500, "{\"error\":\"oom\"}"),
                ScriptedServer.status(500, "{\"error\":\"oom\"}"), ScriptedServer.answer());
        UpstreamGenerator generator = with(server, "breaker", new UpstreamSettings.Breaker(50, 4, 300))) {
      assertThat(catchThrowable(() -> generator.generate(QUESTION, Piece.ignored()))).hasMessageContaining("500");
      Throwable second = catchThrowable(() -> generator.generate(QUESTION, Piece.ignored()));
      assertThat(second).isInstanceOfSatisfying(
          UpstreamFailure.class, failure -> assertThat(failure.kind()).isEqualTo(Kind.LEFT_ALONE)).hasMessageContaining("oom");
      assertThat(server.asked).hasSize(4);
      assertThat(generator.status().reachable()).isFalse();
      assertThatThrownBy(() -> generator.generate(QUESTION, Piece.ignored())).isInstanceOf(UpstreamFailure.class);
      assertThat(server.asked).hasSize(4);
      await().until(() -> generator.status().reachable());
      assertThat(generator.generate(QUESTION, Piece.ignored()).text()).isEqualTo("Hello wörld 世界");
    }
  }

  @Test
  void refusesMoreAtOnceThanItMayAsk() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (ScriptedServer server =
            new ScriptedServer(exchange -> {
              go.await(20, TimeUnit.SECONDS);
              ScriptedServer.answer().play(exchange);
            });
        UpstreamGenerator generator = with(server, "concurrency", 1)) {
      CompletableFuture<Generation> first =
          CompletableFuture.supplyAsync(() -> generator.generate(QUESTION, Piece.ignored()));
      await().until(() -> generator.status().running() == 1);
      assertThatThrownBy(() -> generator.generate(QUESTION, Piece.ignored())).isInstanceOf(GeneratorBusy.class);
      go.countDown();
      assertThat(first.get(20, TimeUnit.SECONDS).text()).isEqualTo("Hello wörld 世界");
    }
  }

  @Test
  void tellsARequestThatIsWrongFromAServerThatIs() {
    try (ScriptedServer server =
            new ScriptedServer(ScriptedServer.status(400, "{\"error\":{\"message\":\"maximum context length is 10\"}}"));
        UpstreamGenerator generator = quick(server)) {
      assertThatThrownBy(() -> generator.generate(QUESTION, Piece.ignored()))
          .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("maximum context length is 10");
      assertThat(server.asked).hasSize(1);
      assertThat(generator.status().failures()).isZero();
    }
  }

  @Test
  void sendsItsKeyAndNeverShowsIt(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("key"), "sk-secret-1\n");
    try (ScriptedServer server = new ScriptedServer(ScriptedServer.status(401, "{\"error\":{\"message\":\"bad key\"}}"))) {
      UpstreamSettings settings =
          new UpstreamSettings(server.url(), "large", null, file.toString(), null, 0, 0, null, null, null, null, null, null);
      try (UpstreamGenerator generator = new UpstreamGenerator(settings, name -> null, null, InstantSource.system())) {
        Throwable refused = catchThrowable(() -> generator.generate(QUESTION, Piece.ignored()));
        assertThat(refused).hasMessageContaining("bad key").hasMessageContaining("gateway.upstream");
        assertThat(refused + generator.toString() + settings).doesNotContain("sk-secret-1");
        assertThat(server.asked.getFirst().authorization()).isEqualTo("Bearer sk-secret-1");
      }
      UpstreamSettings named =
          new UpstreamSettings(server.url(), "large", "LARGE_KEY", null, null, 0, 0, null, null, null, null, null, null);
      assertThatThrownBy(() -> new UpstreamGenerator(named, name -> null, null, InstantSource.system()))
          .hasMessageContaining("LARGE_KEY").hasMessageContaining("not set");
    }
  }

  @Test
  void garbageEndsInAFailureAndNeverInAHang() {
    Random random = new Random(11);
    String good = "data: " + ScriptedServer.text("Hello") + "\n\ndata: " + ScriptedServer.finish("stop") + "\n\ndata: "
        + ScriptedServer.usage(1, 2) + "\n\ndata: [DONE]\n\n";
    try (ScriptedServer server =
            new ScriptedServer(exchange -> {
              byte[] bytes = good.getBytes(StandardCharsets.UTF_8);
              for (int edits = random.nextInt(6); edits > 0; edits--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
              }
              OutputStream out = ScriptedServer.begin(exchange);
              out.write(bytes, 0, random.nextInt(4) == 0 ? random.nextInt(bytes.length) : bytes.length);
              out.close();
            });
        UpstreamGenerator generator = with(server, "breaker", new UpstreamSettings.Breaker(100, 100_000, 1))) {
      for (int i = 0; i < 200; i++) {
        Throwable failure = catchThrowable(() -> generator.generate(QUESTION, Piece.ignored()));
        assertThat(failure == null || failure instanceof UpstreamFailure).as(String.valueOf(failure)).isTrue();
      }
      assertThat(generator.status().running()).isZero();
    }
  }

  /** Tries three times, almost without waiting. */
  private static UpstreamGenerator quick(ScriptedServer server) {
    return with(server, "", "");
  }

  private static UpstreamGenerator with(ScriptedServer server, String name, Object value) {
    UpstreamSettings settings =
        new UpstreamSettings(
            server.url(), "large", null, null, null, 0,
            name.equals("concurrency") ? (Integer) value : 0,
            null, null,
            name.equals("timeouts") ? (UpstreamSettings.Timeouts) value : null,
            new UpstreamSettings.Retries(3, 5, 20),
            name.equals("breaker") ? (UpstreamSettings.Breaker) value : null,
            null);
    return new UpstreamGenerator(settings, variable -> null, null, InstantSource.system());
  }
}
