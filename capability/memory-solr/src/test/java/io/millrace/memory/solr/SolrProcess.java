// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.solr;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Solr in a process of its own, with its own class path; it ends with this one, or when it is killed. */
final class SolrProcess implements AutoCloseable {

  private static final int SECONDS_TO_START = 120;

  private final Process process;
  private final Path output;
  private final List<URI> nodes = new ArrayList<>();
  private String zookeeper = "";

  /**
   * Starts nodes.
   *
   * @param arguments of {@code SolrForTests}, the folder being the second
   * @throws IllegalStateException when they do not start, with what they said
   */
  SolrProcess(String... arguments) {
    Path module = Path.of("").toAbsolutePath();
    Path classPath = module.resolve("target/solr-class-path");
    if (!Files.isRegularFile(classPath)) {
      throw new IllegalStateException(classPath + " is missing: Maven's phase process-test-classes writes it");
    }
    Path folder = Path.of(arguments[1]);
    try {
      Files.createDirectories(folder);
      output = folder.resolve("output.txt");
      List<String> command = new ArrayList<>(List.of(
          Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
          "-Dsolr.zkclienttimeout=5000", "-DzkClientTimeout=5000", "-Dsolr.log.dir=" + folder, "-Dlog4j2.level=ERROR",
          "-Djava.io.tmpdir=" + folder, "--enable-native-access=ALL-UNNAMED",
          "-cp", Files.readString(classPath).strip(), module.resolve("src/test/solr/SolrForTests.java").toString()));
      command.addAll(Arrays.asList(arguments));
      process = new ProcessBuilder(command).redirectError(output.toFile()).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    CompletableFuture<Void> ready = CompletableFuture.runAsync(this::awaitReady);
    try {
      ready.get(SECONDS_TO_START, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException | InterruptedException e) {
      process.destroyForcibly();
      throw new IllegalStateException("Solr did not start: " + said(), e);
    }
  }

  private void awaitReady() {
    try {
      BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("zookeeper ")) {
          zookeeper = line.substring("zookeeper ".length());
        } else if (line.startsWith("node ")) {
          nodes.add(URI.create(line.substring("node ".length())));
        } else if (line.equals("ready")) {
          return;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException("it ended with " + process.onExit().join().exitValue());
  }

  private String said() {
    try {
      List<String> lines = Files.readAllLines(output);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    } catch (IOException e) {
      return "what it said cannot be read: " + e;
    }
  }

  String zookeeper() {
    return zookeeper;
  }

  List<URI> nodes() {
    return nodes;
  }

  /** Ends it as the kernel ends a process that is out of memory: nothing is closed, nobody is told. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  @Override
  public void close() {
    kill();
  }
}
