// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import org.bytedeco.javacpp.Loader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Checks what Millrace needs of the machine, and says what to do about what is missing. */
@Command(name = "doctor", description = "Check what Millrace needs of this machine.", mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {

  private static final long GIB = 1L << 30;
  private static final long LEAST_DISK = 6 * GIB;
  private static final long LEAST_MEMORY = 8 * GIB;

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Option(names = "--port", description = "Port that the gateway will use (${DEFAULT-VALUE}).")
  int port = 8080;

  private int missing;

  @Override
  public Integer call() throws IOException, InterruptedException {
    check("Java 25", Runtime.version().feature() == 25, "this is " + Runtime.version(), "Install a JDK 25.");
    check("Processor", Loader.getPlatform().endsWith("-x86_64") || Loader.getPlatform().endsWith("-arm64"),
        Loader.getPlatform() + ", " + Runtime.getRuntime().availableProcessors() + " cores",
        "The numeric libraries are built for x86-64 and arm64.");
    check("Vector API", ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(), "used by the engine's kernels",
        "Start with the launcher ./millrace, which adds the module.");
    checkMaven();
    var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long memory = system.getTotalMemorySize();
    check("Memory", memory >= LEAST_MEMORY, memory / GIB + " GiB", "'millrace up' needs up to 8 GiB with the default domain.");
    checkDisk();
    checkPort();
    return missing == 0 ? 0 : 1;
  }

  private void check(String what, boolean good, String seen, String remedy) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf("%s %-12s %s%s%n", good ? "ok  " : "MISS", what, seen, good ? "" : ". " + remedy);
    if (!good) {
      missing++;
    }
  }

  private void checkMaven() throws InterruptedException {
    String seen;
    boolean good = false;
    try {
      Process maven = new ProcessBuilder("mvn", "-v").redirectErrorStream(true).start();
      seen = new String(maven.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().findFirst().orElse("?");
      seen = seen.replaceAll("\\u001B\\[[0-9;]*m", "");
      good = maven.waitFor(30, TimeUnit.SECONDS) && maven.exitValue() == 0;
    } catch (IOException e) {
      seen = "mvn is not on the PATH";
    }
    check("Maven", good, seen, "Install Maven 3.8.7 or later: it fetches the libraries' documentation.");
  }

  private void checkDisk() throws IOException {
    Path home = Place.homes();
    Files.createDirectories(home);
    FileStore store = Files.getFileStore(home);
    check("Disk", store.getUsableSpace() >= LEAST_DISK, store.getUsableSpace() / GIB + " GiB free for " + home,
        "Free some space, or choose another place with MILLRACE_HOME.");
    check("Home", Files.isWritable(home), home.toString(), "Choose another place with MILLRACE_HOME.");
  }

  private void checkPort() {
    boolean free;
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      free = socket.isBound();
    } catch (IOException e) {
      free = false;
    }
    check("Port " + port, free, free ? "free" : "taken", "If that is not Millrace itself, choose another with --port.");
  }
}
