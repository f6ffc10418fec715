// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.registry;

import io.millrace.core.Causes;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/** Writing, checking and removing files so that what was done once stays done when the machine stops. */
public final class DurableFiles {

  private static final List<String> FULL =
      List.of("no space left on device", "disk quota exceeded", "not enough space on the disk", "disk is full");

  private DurableFiles() {}

  /** Returns all files below a directory by their relative path with {@code /}; symbolic links are refused. */
  static Map<String, Path> regularFiles(Path directory) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(directory)) {
      for (Path path : (Iterable<Path>) walk::iterator) {
        if (Files.isSymbolicLink(path)) {
          throw new IllegalStateException(
              path + " is a symbolic link: a version holds its own files, so copy the content instead");
        }
        if (Files.isRegularFile(path)) {
          files.put(directory.relativize(path).toString().replace('\\', '/'), path);
        }
      }
    }
    return files;
  }

  /**
   * Returns a file's size and checksum.
   *
   * @throws UncheckedIOException when it cannot be read, naming it
   */
  public static ArtifactVersion.FileSum sum(Path file) {
    MessageDigest digest = sha256();
    long bytes = 0;
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
        bytes += n;
      }
    } catch (IOException e) {
      throw failure("read", file, e);
    }
    return new ArtifactVersion.FileSum(bytes, HexFormat.of().formatHex(digest.digest()));
  }

  /** Makes all files and directories below a directory durable. */
  public static void force(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      forceEntry(path);
    }
  }

  /** Makes the content of one file, or the entries of one directory, durable. */
  public static void forceEntry(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Writes a text as UTF-8 and makes it durable. */
  public static void write(Path file, String text) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  /** Puts a text in a file's place: readers see the old one or the new one, also after a crash. */
  public static void replace(Path file, String text) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      throw new IOException(file + " has no directory");
    }
    Path fresh = directory.resolve("." + file.getFileName() + "." + UUID.randomUUID());
    try {
      write(fresh, text);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      forceEntry(directory);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  /** Removes a directory and all below it; another process may be doing the same. */
  public static void deleteTree(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    } catch (NoSuchFileException | UncheckedIOException e) {
      if (Files.notExists(directory)) {
        return;
      }
      throw e;
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }

  /** Returns whether something failed because a disk, or what one may use of it, is full; as Linux, macOS and Windows say it. */
  public static boolean diskFull(Throwable failure) {
    return Causes.of(failure).stream()
        .map(each -> String.valueOf(each.getMessage()).toLowerCase(Locale.ROOT))
        .anyMatch(said -> FULL.stream().anyMatch(said::contains));
  }

  /** Returns an exception that says what could not be done where, and what to do about the usual cause. */
  static UncheckedIOException failure(String what, Path where, IOException cause) {
    String message = "cannot " + what + " at " + where + ": " + cause;
    if (diskFull(cause)) {
      message += "; free some space on that disk, or move the registry to a larger one, and try again";
    }
    return new UncheckedIOException(message, cause);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK lacks SHA-256", e);
    }
  }
}
