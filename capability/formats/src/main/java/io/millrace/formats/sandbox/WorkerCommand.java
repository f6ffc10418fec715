// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.sandbox;

import io.millrace.formats.draft.FormatLimits;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * How a worker is started: the same Java as this process, with little memory, one processor, a class path of the parsers alone and
 * an empty environment, so that it is handed no secret of this process. Java's sockets are led to a proxy that is not there, those
 * to this machine too. This is no border of the system: code that a file gets to run is of the same user, may read what that user
 * may, other processes' environments in {@code /proc} included, and reaches the network by channels or native code.
 *
 * @param mainClass what is run
 * @param classPath files and directories
 */
public record WorkerCommand(String mainClass, List<Path> classPath) {

  /** An exit status of the Java runtime that ran out of memory, see {@code -XX:+ExitOnOutOfMemoryError}. */
  static final int OUT_OF_MEMORY = 3;

  public WorkerCommand {
    classPath = List.copyOf(classPath);
  }

  /** Returns the command that reads files. */
  public static WorkerCommand standard() {
    return new WorkerCommand(Worker.class.getName(), ParserJars.all());
  }

  /**
   * Starts a worker.
   *
   * @param directory where it works and keeps its temporary files
   */
  Process start(FormatLimits limits, Path directory) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx" + limits.heapMegabytes() + "m",
            "-XX:MaxMetaspaceSize=256m",
            "-XX:MaxDirectMemorySize=64m",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:ActiveProcessorCount=1",
            "-XX:-UsePerfData",
            "-Djava.awt.headless=true",
            "-Djava.io.tmpdir=" + directory,
            "-Duser.home=" + directory,
            "-DsocksProxyHost=127.0.0.1",
            "-DsocksProxyPort=1",
            // Empty: without them, this machine would be reached past the proxy.
            "-DsocksNonProxyHosts=",
            "-Dhttp.nonProxyHosts=",
            "-Dftp.nonProxyHosts=",
            "-Dpdfbox.fontcache=" + directory,
            mainClass);
    builder.directory(directory.toFile());
    builder.environment().keySet().removeIf(name -> !name.equalsIgnoreCase("SystemRoot"));
    // By environment, since command lines have their limits.
    builder.environment().put("CLASSPATH", String.join(File.pathSeparator, classPath.stream().map(Path::toString).toList()));
    return builder.start();
  }
}
