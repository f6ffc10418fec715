// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.log.DeadLetter;
import io.millrace.core.spi.FileFormats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files below a directory that are of a format that is read.
 *
 * @param directory absolute path
 * @param labels access labels of all its documents
 * @param files relative to it, sorted, with slashes
 * @param others files of other kinds, which are left out
 */
record DirectoryPages(
    String directory, String library, Set<String> labels, List<String> files, List<String> others)
    implements PageSource {

  /** Files may be as large as books: few of them keep a worker busy. */
  private static final int SHARE = 8;

  /** Lists a directory; files and folders whose names begin with a dot are left out. */
  static DirectoryPages of(SourceDirectory source, FileFormats.Opening formats) throws IOException {
    Path absolute = source.directory().toAbsolutePath().normalize();
    List<String> files = new ArrayList<>();
    List<String> others = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(absolute)) {
      walk.filter(Files::isRegularFile)
          .map(file -> absolute.relativize(file).toString().replace('\\', '/'))
          .filter(name -> !("/" + name).contains("/."))
          .sorted()
          .forEach(name -> (formats.reads(name) ? files : others).add(name));
    }
    return new DirectoryPages(
        absolute.toString(), source.library(), source.labels(), List.copyOf(files), List.copyOf(others));
  }

  @Override
  public int size() {
    return files.size();
  }

  @Override
  public int share() {
    return SHARE;
  }

  @Override
  public void read(int from, int to, Output output) {
    for (String name : files.subList(from, to)) {
      Path file = Path.of(directory, name);
      try {
        Instant updatedAt = Files.getLastModifiedTime(file).toInstant();
        FileFormats.Reading reading = output.formats().read(file, new FileFormats.Place(library, name, library, updatedAt));
        reading.documents().forEach(document -> output.document(document.withLabels(labels)));
        for (DeadLetter letter : reading.lost()) {
          output.deadLetter(new DeadLetter(directory + "/" + letter.source(), letter.reason(), letter.excerpt(), letter.at()));
        }
      } catch (IOException e) {
        output.deadLetter(new DeadLetter(file.toString(), "it cannot be opened: " + e, "", Instant.now()));
      }
    }
  }
}
