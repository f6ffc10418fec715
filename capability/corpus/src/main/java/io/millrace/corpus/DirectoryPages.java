// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.log.DeadLetter;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * The HTML, Markdown and text files below a directory.
 *
 * @param directory absolute path
 * @param files relative to it, sorted, with slashes
 */
record DirectoryPages(String directory, String library, List<String> files) implements PageSource {

  /** Lists a directory; files and folders whose names begin with a dot are left out. */
  static DirectoryPages of(Path directory, String library) throws IOException {
    Path absolute = directory.toAbsolutePath().normalize();
    try (Stream<Path> walk = Files.walk(absolute)) {
      List<String> files =
          walk.filter(Files::isRegularFile)
              .map(file -> absolute.relativize(file).toString().replace('\\', '/'))
              .filter(name -> PlainPage.reads(name) && !("/" + name).contains("/."))
              .sorted()
              .toList();
      return new DirectoryPages(absolute.toString(), library, List.copyOf(files));
    }
  }

  @Override
  public int size() {
    return files.size();
  }

  @Override
  public void read(int from, int to, Output output) {
    for (String name : files.subList(from, to)) {
      Path file = Path.of(directory, name);
      try (InputStream in = Files.newInputStream(file)) {
        byte[] content = in.readNBytes(LARGEST_PAGE + 1);
        if (content.length > LARGEST_PAGE) {
          throw new UnreadablePage("it is larger than " + LARGEST_PAGE + " bytes: cut it into pages");
        }
        output.document(PlainPage.parse(content, library, name, Files.getLastModifiedTime(file).toInstant()));
      } catch (IOException | UnreadablePage | IllegalArgumentException e) {
        output.deadLetter(
            new DeadLetter(file.toString(), String.valueOf(e.getMessage()), "", Instant.now()));
      }
    }
  }
}
