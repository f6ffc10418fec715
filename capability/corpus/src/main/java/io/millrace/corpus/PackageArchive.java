// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;

/**
 * A package as npm packs it: a gzip-compressed tar archive, whose names begin with {@code package/}.
 *
 * @param file the {@code .tgz}
 */
public record PackageArchive(Path file) {

  private static final String ROOT = "package/";

  /** Takes the content of a file. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Takes one file.
     *
     * @param name without the leading {@code package/}
     */
    void file(String name, byte[] content) throws IOException;
  }

  /**
   * Reads some of its files in their order, without unpacking it.
   *
   * @param wanted asked for each name, without the leading {@code package/}
   * @throws IOException when it is no intact archive, with the remedy, or the visitor throws one
   */
  public void read(Predicate<String> wanted, Visitor visitor) throws IOException {
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(
            new GZIPInputStream(new BufferedInputStream(Files.newInputStream(file)), 1 << 16),
            StandardCharsets.UTF_8.name())) {
      for (TarArchiveEntry entry = next(tar); entry != null; entry = next(tar)) {
        String name = entry.getName().startsWith(ROOT) ? entry.getName().substring(ROOT.length()) : entry.getName();
        if (entry.isFile() && wanted.test(name)) {
          visitor.file(name, content(tar, name));
        }
      }
    }
  }

  private TarArchiveEntry next(TarArchiveInputStream tar) throws IOException {
    try {
      return tar.getNextEntry();
    } catch (IOException e) {
      throw cutOff(e);
    }
  }

  /** Expands one byte more than is allowed at most, whatever size the entry claims to have. */
  private byte[] content(TarArchiveInputStream tar, String name) throws IOException {
    byte[] content;
    try {
      content = tar.readNBytes(PageSource.LARGEST_PAGE + 1);
    } catch (IOException e) {
      throw cutOff(e);
    }
    if (content.length > PageSource.LARGEST_PAGE) {
      throw new IOException(file + "!" + name + " expands to more than " + PageSource.LARGEST_PAGE + " bytes");
    }
    return content;
  }

  private IOException cutOff(IOException e) {
    return new IOException(
        file + " is cut off or no package (" + e.getMessage() + "): delete it, then run the same command again", e);
  }
}
