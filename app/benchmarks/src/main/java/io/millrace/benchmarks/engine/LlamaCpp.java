// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.offline.NpmClient;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * llama.cpp, as npm's {@code node-llama-cpp} brings it prebuilt for this machine's processor; a script of ours drives it.
 *
 * @see <a href="https://github.com/withcatai/node-llama-cpp">node-llama-cpp</a>
 */
final class LlamaCpp {
  /** For {@code --against}. */
  static final String NAME = "llama.cpp";

  private static final String VERSION = "3.22.1";
  private static final String SCRIPT = "llama-cpp.mjs";
  private static final int OLDEST_NODE = 20;

  /** Its packages of prebuilt libraries that run on a CPU, by system and processor. */
  private static final Map<String, String> LIBRARIES = Map.of(
      "linux amd64", "linux-x64", "linux aarch64", "linux-arm64", "mac aarch64", "mac-arm64-metal",
      "mac x86_64", "mac-x64", "windows amd64", "win-x64", "windows aarch64", "win-arm64");

  private final Path script;

  private LlamaCpp(Path script) {
    this.script = script;
  }

  /**
   * Fetches it unless it is there.
   *
   * @param folder where it is kept
   * @throws IllegalArgumentException when it cannot run here, with the remedy
   * @throws IOException when npm cannot fetch it
   */
  static LlamaCpp install(Path folder) throws IOException, InterruptedException {
    requireNode(nodeVersion());
    String library = library(System.getProperty("os.name"), System.getProperty("os.arch"));
    Path home = folder.resolve("node-llama-cpp-" + VERSION);
    new NpmClient("npm").install(
        List.of("node-llama-cpp@" + VERSION, "@node-llama-cpp/" + library + "@" + VERSION), home, () -> {});
    return in(home);
  }

  /** The one whose packages were installed in that folder. */
  static LlamaCpp in(Path home) throws IOException {
    Path script = home.resolve(SCRIPT); // beside the packages that it imports
    try (InputStream source = Objects.requireNonNull(LlamaCpp.class.getResourceAsStream(SCRIPT))) {
      Files.copy(source, script, StandardCopyOption.REPLACE_EXISTING);
    }
    return new LlamaCpp(script);
  }

  /** Starts it with a model; it computes with exactly so many threads. */
  Contender start(Path gguf, int threads, int vocabulary, Consumer<String> notes) throws IOException {
    return Contender.start(NAME + " " + gguf.getFileName().toString().replace(".gguf", ""),
        new ProcessBuilder("node", script.toString(), gguf.toString(), Integer.toString(threads),
            Integer.toString(vocabulary)), notes);
  }

  static String library(String system, String processor) {
    String known = system.toLowerCase(Locale.ROOT).replaceAll(" .*", "") + " " + processor;
    String library = LIBRARIES.get(known);
    if (library == null) {
      throw new IllegalArgumentException("node-llama-cpp has no prebuilt library for " + known
          + " that the bench knows; it knows those for " + String.join(", ", LIBRARIES.keySet().stream().sorted().toList()));
    }
    return library;
  }

  private static String nodeVersion() throws InterruptedException {
    try {
      Process node = new ProcessBuilder("node", "--version").redirectErrorStream(true).start();
      String said = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      node.waitFor();
      return said;
    } catch (IOException e) {
      throw new IllegalArgumentException("'node' cannot be run (" + e.getMessage() + "): llama.cpp is driven through"
          + " npm's node-llama-cpp; install Node.js " + OLDEST_NODE + " or later and put it on the PATH", e);
    }
  }

  static void requireNode(String version) {
    Matcher major = Pattern.compile("v(\\d+)\\..*").matcher(version);
    if (!major.matches() || Integer.parseInt(major.group(1)) < OLDEST_NODE) {
      throw new IllegalArgumentException("node says it is '" + version + "': node-llama-cpp needs Node.js " + OLDEST_NODE
          + " or later; put a newer one on the PATH");
    }
  }
}
