// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.poetry;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;

/** A package of the npm registry, fetched with the npm client and its own configuration, and read without unpacking. */
final class NpmPackage {
  private static final int BLOCK = 512;

  /** Takes the content of a file. */
  @FunctionalInterface
  interface Visitor {
    void file(String name, byte[] content) throws IOException;
  }

  private final Path archive;

  private NpmPackage(Path archive) {
    this.archive = archive;
  }

  /**
   * Fetches a package unless the folder has it.
   *
   * @param specification name and version, such as {@code chinese-poetry@2.0.1}
   * @param cache a folder that is kept
   * @throws IllegalStateException when there is no npm, saying what to do
   * @throws IOException when npm cannot fetch it, with its words
   */
  static NpmPackage fetch(String specification, Path cache) throws IOException, InterruptedException {
    Files.createDirectories(cache);
    Path file = cache.resolve(specification.replaceAll("[^A-Za-z0-9.-]", "-") + ".tgz");
    if (!Files.isRegularFile(file)) {
      Path work = Files.createTempDirectory(cache, "npm-");
      Process npm;
      try {
        npm = new ProcessBuilder("npm", "pack", "--silent", specification).directory(work.toFile()).redirectErrorStream(true).start();
      } catch (IOException e) {
        throw new IllegalStateException("npm cannot be run (" + e.getMessage()
            + "): install Node.js with npm and put it on the PATH (Debian: apt-get install npm)", e);
      }
      String said = new String(npm.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      Path packed = work.resolve(said.lines().reduce((first, last) -> last).orElse("nothing"));
      if (npm.waitFor() != 0 || !Files.isRegularFile(packed)) {
        throw new IOException("npm could not fetch " + specification + ": " + said);
      }
      Files.move(packed, file, StandardCopyOption.ATOMIC_MOVE);
      Files.delete(work);
    }
    return new NpmPackage(file);
  }

  /** Reads the wanted files in their order; names begin with {@code package/}. */
  void read(Predicate<String> wanted, Visitor visitor) throws IOException {
    try (InputStream file = new BufferedInputStream(Files.newInputStream(archive), 1 << 16);
        DataInputStream tar = new DataInputStream(new BufferedInputStream(new GZIPInputStream(file), 1 << 16))) {
      entries(tar, wanted, visitor);
    } catch (EOFException e) {
      throw new IOException(archive + " is cut off: delete it, then run the same command again", e);
    }
  }

  /** Walks a tar archive (POSIX.1-1988 ustar): a header block, then the content in whole blocks. */
  private static void entries(DataInputStream tar, Predicate<String> wanted, Visitor visitor) throws IOException {
    byte[] header = new byte[BLOCK];
    while (true) {
      tar.readFully(header);
      if (header[0] == 0) {
        return; // the end is marked by blocks of zeros
      }
      String name = text(header, 0, 100);
      long size = Long.parseLong(text(header, 124, 12).strip(), 8);
      if (header[156] == '0' && wanted.test(name)) {
        byte[] content = new byte[Math.toIntExact(size)];
        tar.readFully(content);
        visitor.file(name, content);
      } else {
        tar.skipNBytes(size);
      }
      tar.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
    }
  }

  private static String text(byte[] header, int from, int length) {
    int end = from;
    while (end < from + length && header[end] != 0) {
      end++;
    }
    return new String(header, from, end - from, StandardCharsets.UTF_8);
  }
}
