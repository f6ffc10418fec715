// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.core.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * An engine with its model in a process of its own, which takes a task as a line of JSON and answers with one:
 * {@code value}, or {@code error}, and maybe a {@code note}. Ours and the peer's are driven alike, and what one has left
 * behind (threads that spin, compiled code, caches) does not touch the other.
 */
final class Contender implements AutoCloseable {
  private final String name;
  private final Process process;
  private final Path errors;
  private final BufferedWriter tasks;
  private final BufferedReader answers;
  private final Consumer<String> notes;

  private Contender(String name, Process process, Path errors, Consumer<String> notes) {
    this.name = name;
    this.process = process;
    this.errors = errors;
    this.notes = notes;
    tasks = process.outputWriter(StandardCharsets.UTF_8);
    answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * Starts one and waits until its model is loaded.
   *
   * @param name for people
   * @param notes takes what it says of itself
   * @throws IOException with its last words, when it cannot load the model
   */
  static Contender start(String name, ProcessBuilder builder, Consumer<String> notes) throws IOException {
    Path errors = Files.createTempFile("millrace-bench", ".log");
    Contender contender = null;
    try {
      contender = new Contender(name, builder.redirectError(errors.toFile()).start(), errors, notes);
      contender.answer("load");
      return contender;
    } catch (IOException | RuntimeException e) {
      if (contender == null) {
        Files.deleteIfExists(errors);
      } else {
        contender.close();
      }
      throw e;
    }
  }

  /**
   * Does a task.
   *
   * @return tokens a second, or seconds; see {@link Task.Kind}
   * @throws IOException when it failed or ended, with its last words
   */
  double run(Task task) throws IOException {
    try {
      tasks.write(Json.write(task));
      tasks.newLine();
      tasks.flush();
    } catch (IOException e) {
      throw ended(task.toString(), e);
    }
    JsonNode value = answer(task.toString()).path("value");
    if (!value.isNumber() || !(value.doubleValue() > 0)) {
      throw new IOException(name + " answered " + value + " to " + task + ", which is no time or rate");
    }
    return value.doubleValue();
  }

  private JsonNode answer(String task) throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw ended(task, null);
    }
    JsonNode answer;
    try {
      answer = Json.tree(line.getBytes(StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new IOException(name + " answered to " + task + ": " + line, e);
    }
    if (answer.has("error")) {
      throw new IOException(name + " failed in " + task + ": " + answer.path("error").asString());
    }
    if (answer.has("note")) {
      notes.accept(name + ": " + answer.path("note").asString());
    }
    return answer;
  }

  private IOException ended(String task, @Nullable IOException cause) throws IOException {
    List<String> said = Files.readString(errors, StandardCharsets.UTF_8).lines().toList();
    return new IOException(name + " ended in " + task + ": "
        + String.join("\n", said.subList(Math.max(0, said.size() - 8), said.size())), cause);
  }

  /** Ends the process. */
  @Override
  public void close() throws IOException {
    process.destroy();
    boolean interrupted = false;
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      interrupted = true;
    }
    Files.deleteIfExists(errors);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
