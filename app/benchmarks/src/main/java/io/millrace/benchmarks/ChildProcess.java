// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import io.millrace.core.json.Json;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs a main class in a Java process of its own, with this one's flags and class path: for what a process has only
 * once, such as its peak memory.
 */
public final class ChildProcess {
  private ChildProcess() {}

  /**
   * A heap that is there from the beginning: its growth, which depends on when it is collected, is not what is measured.
   * JavaCPP would allow the process no more than a multiple of it.
   */
  private static final List<String> FIXED_HEAP = List.of("-Xms512m", "-Xmx512m", "-XX:+AlwaysPreTouch",
      "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0", "-Dorg.bytedeco.javacpp.maxBytes=0");

  /** Runs it to its end with a fixed heap of 512 MB; see {@link #run(Class, List, Class, String...)}. */
  public static <T> T run(Class<?> main, Class<T> result, String... arguments) throws IOException, InterruptedException {
    return run(main, FIXED_HEAP, result, arguments);
  }

  /** The process, not started, with this one's class path and the launcher's flags. */
  public static ProcessBuilder of(Class<?> main, List<String> options, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--add-modules=jdk.incubator.vector",
        "--sun-misc-unsafe-memory-access=allow", "-XX:+UseCompactObjectHeaders"));
    // What the launcher has compiled sooner: it alone knows.
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> flag.startsWith("-XX:CompileCommand=")).forEach(command::add);
    command.addAll(options);
    command.add(main.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    return builder;
  }

  /**
   * Runs it to its end.
   *
   * @param main prints the result as JSON in its last line
   * @param options of the virtual machine
   * @return that line, read as {@code result}
   * @throws IOException with the end of its output, when it failed
   */
  public static <T> T run(Class<?> main, List<String> options, Class<T> result, String... arguments)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("millrace-bench", ".log");
    try {
      ProcessBuilder builder =
          of(main, options, arguments).redirectErrorStream(true).redirectOutput(output.toFile());
      Process child = builder.start();
      int code;
      try {
        code = child.waitFor();
      } finally {
        child.destroy();
      }
      List<String> lines = Files.readString(output, StandardCharsets.UTF_8).lines().filter(line -> !line.isBlank()).toList();
      if (code != 0 || lines.isEmpty()) {
        throw new IOException(main.getSimpleName() + " ended with code " + code + ": "
            + String.join("\n", lines.subList(Math.max(0, lines.size() - 8), lines.size())));
      }
      return Json.read(lines.getLast(), result);
    } finally {
      Files.deleteIfExists(output);
    }
  }
}
