// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.json.Json;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.similarity.Shingles;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The poems of a package: each element of the lists in its JSON files is a page.
 *
 * @param directory absolute path into which the files were unpacked
 * @param files relative to it, with slashes
 * @param places the pages in order, each as number of its file · 2³² + position in the file's list, from 0
 */
record PoemPages(String directory, String library, String source, List<String> files, long[] places)
    implements PageSource {

  /** A position that stands for a whole file that is no list. */
  private static final int NO_LIST = -1;

  /** Files are lists of about a thousand poems: shorter shares would read each file again and again. */
  private static final int POEMS_A_SHARE = 1_000;

  /**
   * Unpacks what an archive's patterns name and chooses the poems to read: pattern by pattern, all that one names as long
   * as there is room, of the first that is too large an even sample that depends on nothing but the places.
   *
   * @param directory an empty directory, which the caller removes after reading
   * @param most at most so many poems; 0 for all
   */
  static PoemPages unpack(PoemArchive archive, Path directory, int most) throws IOException {
    Path root = directory.toAbsolutePath().normalize();
    Map<String, Integer> sizes = new TreeMap<>();
    List<PathMatcher> patterns =
        archive.files().stream().map(glob -> FileSystems.getDefault().getPathMatcher("glob:" + glob)).toList();
    new PackageArchive(archive.file())
        .read(
            name -> patterns.stream().anyMatch(pattern -> pattern.matches(Path.of(name))),
            (name, content) -> {
              Path target = root.resolve(name).normalize();
              if (!target.startsWith(root)) {
                throw new IOException(archive.file() + " holds '" + name + "', which leads out of it: do not use it");
              }
              Files.createDirectories(target.getParent());
              Files.write(target, content);
              sizes.put(name, size(content));
            });
    List<String> files = new ArrayList<>();
    List<long[]> chosen = new ArrayList<>();
    int room = most <= 0 ? Integer.MAX_VALUE : most;
    for (PathMatcher pattern : patterns) {
      List<Long> named = new ArrayList<>();
      for (String name : sizes.keySet().stream().filter(n -> pattern.matches(Path.of(n)) && !files.contains(n)).toList()) {
        long file = (long) files.size() << 32;
        int size = sizes.getOrDefault(name, NO_LIST);
        IntStream.range(size == NO_LIST ? NO_LIST : 0, Math.max(size, 0)).forEach(i -> named.add(file | (i & 0xffffffffL)));
        files.add(name);
      }
      long[] some =
          named.stream()
              .sorted(Comparator.comparingLong(Shingles::mix))
              .limit(room)
              .mapToLong(Long::longValue)
              .sorted()
              .toArray();
      room -= some.length;
      chosen.add(some);
    }
    return new PoemPages(
        root.toString(), archive.library(), archive.source(), List.copyOf(files),
        chosen.stream().flatMapToLong(Arrays::stream).toArray());
  }

  private static int size(byte[] content) {
    try {
      JsonNode list = Json.tree(content);
      return list.isArray() ? list.size() : NO_LIST;
    } catch (IllegalArgumentException e) {
      return NO_LIST;
    }
  }

  @Override
  public int size() {
    return places.length;
  }

  @Override
  public int share() {
    return POEMS_A_SHARE;
  }

  @Override
  public void read(int from, int to, Output output) throws IOException {
    int open = -1;
    JsonNode list = MissingNode.getInstance();
    for (int i = from; i < to; i++) {
      int number = (int) (places[i] >> 32);
      int position = (int) places[i];
      String name = files.get(number);
      String entry = source + "!" + name + (position == NO_LIST ? "" : "#" + position);
      try {
        if (position == NO_LIST) {
          throw new UnreadablePage("it is no JSON list of poems: leave the file out of sources.npm in domain.yaml");
        }
        if (open != number) {
          list = Json.tree(Files.readAllBytes(Path.of(directory, name)));
          open = number;
        }
        output.document(PoemPage.parse(list.path(position), library, source, name, position));
      } catch (UnreadablePage | IllegalArgumentException e) {
        String excerpt = position == NO_LIST ? "" : list.path(position).toString();
        output.deadLetter(
            new DeadLetter(
                entry, String.valueOf(e.getMessage()), excerpt.substring(0, Math.min(excerpt.length(), 4_000)), Instant.now()));
      }
    }
  }
}
