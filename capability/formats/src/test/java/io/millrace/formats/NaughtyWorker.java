// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats;

import io.millrace.core.spi.FileFormats.Place;
import io.millrace.core.spi.FileFormats.Reading;
import io.millrace.formats.draft.FormatLimits;
import io.millrace.formats.read.FileParsing;
import io.millrace.formats.sandbox.Worker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A worker whose parsers do what they must not, told by the names of files; all else is read as always. */
public final class NaughtyWorker {

  private NaughtyWorker() {}

  public static void main(String[] args) throws IOException {
    Worker.serve(NaughtyWorker::read);
  }

  private static Reading read(byte[] content, Place place, FormatLimits limits) {
    String text = new String(content, StandardCharsets.UTF_8);
    switch (place.name()) {
      case "endless.txt" -> forever();
      case "hungry.txt" -> {
        List<byte[]> all = new ArrayList<>();
        while (all.size() >= 0) {
          all.add(new byte[1 << 20]);
        }
      }
      case "crash.txt" -> {
        System.err.println("it hurts");
        Runtime.getRuntime().halt(7);
      }
      case "noisy.txt" -> System.out.println("hello from a library");
      case "foreign.txt" -> {
        return FileParsing.read(content, new Place("other", "a.txt", "x", place.updatedAt()), limits);
      }
      case "unwritable.txt" -> {
        return unwritable();
      }
      case "caller.txt" -> {
        return FileParsing.read(called(Integer.parseInt(text)).getBytes(StandardCharsets.UTF_8), place, limits);
      }
      case "litter.txt" -> {
        mark(Path.of(text), System.getProperty("java.io.tmpdir"));
        litter(Path.of(System.getProperty("java.io.tmpdir")));
      }
      case "first-time.txt" -> {
        if (mark(Path.of(text), "here")) {
          forever();
        }
      }
      case "parent.txt" -> {
        mark(Path.of(text), Long.toString(started()));
        forever();
      }
      default -> {
        // Read as always.
      }
    }
    return FileParsing.read(content, place, limits);
  }

  /** Writes a file that is not there yet, whole at once. */
  private static boolean mark(Path file, String content) {
    try {
      if (Files.exists(file)) {
        return false;
      }
      Path fresh = file.resolveSibling(file.getFileName() + ".new");
      Files.writeString(fresh, content);
      Files.move(fresh, file);
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long started() {
    try {
      return new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-Xmx16m", "-cp", System.getenv("CLASSPATH"),
          Sleeper.class.getName()).start().pid();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A reading that no JSON can be made of. */
  @SuppressWarnings({"rawtypes", "unchecked"})
  private static Reading unwritable() {
    return new Reading(List.of(), (List) List.of("no letter"));
  }

  private static String called(int port) {
    String said = "";
    try (Socket socket = new Socket("127.0.0.1", port)) {
      said += "connected to " + socket.getPort();
    } catch (IOException e) {
      said += "refused";
    }
    try {
      URI.create("http://127.0.0.1:" + port + "/").toURL().openConnection().connect();
      return said + ", connected by HTTP";
    } catch (IOException e) {
      return said + ", refused by HTTP";
    }
  }

  private static void litter(Path directory) {
    try {
      for (int i = 0; i >= 0; i++) {
        Files.createDirectories(directory.resolve("litter-" + i).resolve("more"));
        Files.deleteIfExists(directory.resolve("litter-" + (i - 50)).resolve("more"));
        Files.deleteIfExists(directory.resolve("litter-" + (i - 50)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void forever() {
    while (true) {
      LockSupport.park();
    }
  }

  /** A process that does not end by itself. */
  public static final class Sleeper {
    private Sleeper() {}

    public static void main(String[] args) {
      forever();
    }
  }

  /** A parent that is gone at once after its worker has read a file; it writes the worker's number to another one. */
  public static final class Parent {
    private Parent() {}

    public static void main(String[] args) throws IOException {
      Path file = Path.of(args[0]);
      try (SandboxedFormats formats = new SandboxedFormats(FormatLimits.DEFAULTS, 1)) {
        int documents = formats.read(file, new Place("guide", "a.txt", "guide", Instant.EPOCH)).documents().size();
        long worker = ProcessHandle.current().children().findFirst().orElseThrow().pid();
        Files.writeString(Path.of(args[1]), documents + " " + worker);
        Runtime.getRuntime().halt(9);
      }
    }
  }
}
