// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.benchmarks.ChildProcess;
import io.millrace.core.json.Json;
import org.junit.jupiter.api.Test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ContenderTest {
  /** Answers what the number of tokens asks for; stands for an engine. */
  static final class Scripted {
    public static void main(String[] arguments) throws IOException {
      System.out.println(arguments[0]);
      BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        Task task = Json.read(line, Task.class);
        switch (task.tokens()) {
          case 1 -> System.out.println("{\"error\": \"no room\"}");
          case 2 -> System.out.println("{\"value\": 0}");
          case 3 -> System.out.println("Loading…");
          case 4 -> {
            System.err.println("out of memory");
            System.exit(3);
          }
          default -> System.out.println("{\"value\": " + task.tokens() + ", \"note\": \"" + task.kind() + "\"}");
        }
      }
    }
  }

  private static Contender start(String hello, List<String> notes) throws IOException {
    return Contender.start("the engine", ChildProcess.of(Scripted.class, List.of("-Xshare:auto"), hello), notes::add);
  }

  @Test
  void takesTasksOneAfterAnotherAndTellsWhatFailed() throws Exception {
    List<String> notes = new ArrayList<>();
    try (Contender contender = start("{\"note\": \"AVX2\"}", notes)) {
      assertThat(contender.run(Task.decode(8, 16, 64))).isEqualTo(64);
      assertThat(notes).containsExactly("the engine: AVX2", "the engine: DECODE");
      assertThatThrownBy(() -> contender.run(Task.decode(1, 16, 1))).hasMessageContaining("the engine").hasMessageContaining("no room");
      assertThatThrownBy(() -> contender.run(Task.decode(1, 16, 2))).hasMessageContaining("no time or rate");
      assertThatThrownBy(() -> contender.run(Task.decode(1, 16, 3))).hasMessageContaining("Loading…");
      assertThatThrownBy(() -> contender.run(Task.decode(1, 16, 4))).hasMessageContaining("ended in Task[kind=DECODE")
          .hasMessageContaining("out of memory");
    }
  }

  @Test
  void oneThatCannotLoadIsToldAtOnce() {
    assertThatThrownBy(() -> start("{\"error\": \"cannot load x.gguf\"}", new ArrayList<>())).hasMessageContaining("cannot load x.gguf");
  }
}
