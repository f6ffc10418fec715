// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.similarity.Shingles;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All sources, opened: a source that cannot be read is refused with its path and a remedy, the others go on.
 *
 * @param pages in the order of the settings
 * @param refused one line for each source that cannot be read
 * @param navigation pages that are left out because of their names
 */
record Sources(List<PageSource> pages, List<String> refused, long navigation) {

  /**
   * Opens them.
   *
   * @param scratch where archives of poems may be unpacked
   */
  static Sources open(CorpusJob.Settings settings, Path scratch) {
    List<String> refused = new ArrayList<>();
    Map<JavadocJar, JavadocIndex> indexes = new LinkedHashMap<>();
    long navigation = 0;
    for (JavadocJar jar : settings.jars()) {
      try {
        JavadocIndex index = JavadocIndex.of(jar);
        indexes.put(jar, index);
        navigation += index.skipped();
      } catch (IOException e) {
        refused.add(
            jar.file() + ": it is no intact jar (" + e.getMessage() + "): delete it and run again to fetch it anew");
      } catch (UnreadablePage e) {
        refused.add(jar.file() + ": " + e.getMessage());
      }
    }
    HashMap<String, String> domain = domain(indexes);
    int all = indexes.values().stream().mapToInt(index -> index.pages().size()).sum();
    List<PageSource> pages = new ArrayList<>();
    indexes.forEach(
        (jar, index) ->
            pages.add(
                new JarPages(
                    jar,
                    index,
                    new JavadocLinks(index, domain),
                    sample(index.pages(), settings.mostDocuments(), all))));
    for (SourceDirectory source : settings.directories()) {
      try {
        DirectoryPages directory = DirectoryPages.of(source, settings.formats());
        if (directory.size() == 0) {
          refused.add(source.directory() + ": it holds no file of a format that is read");
        } else {
          pages.add(directory);
        }
        if (!directory.others().isEmpty()) {
          refused.add(
              source.directory() + ": " + directory.others().size() + " files of other formats were left out, for example "
                  + directory.others().getFirst());
        }
      } catch (IOException e) {
        refused.add(source.directory() + ": it cannot be read (" + e + "): check sources.directories in domain.yaml");
      }
    }
    for (int i = 0; i < settings.poems().size(); i++) {
      PoemArchive archive = settings.poems().get(i);
      try {
        PoemPages poems = PoemPages.unpack(archive, scratch.resolve("poems-" + i), settings.mostDocuments());
        if (poems.size() == 0) {
          refused.add(archive.source() + ": none of its files is named by " + archive.files() + ": check sources.npm in domain.yaml");
        } else {
          pages.add(poems);
        }
      } catch (IOException | IllegalArgumentException e) {
        refused.add(archive.source() + ": " + e.getMessage());
      }
    }
    return new Sources(List.copyOf(pages), List.copyOf(refused), navigation);
  }

  private static HashMap<String, String> domain(Map<JavadocJar, JavadocIndex> indexes) {
    HashMap<String, String> domain = new HashMap<>();
    indexes.forEach(
        (jar, index) -> {
          for (String page : index.pages()) {
            String id = index.id(page);
            if (id != null) {
              domain.putIfAbsent(id.substring(jar.library().length() + 1), id);
            }
          }
        });
    return domain;
  }

  /** Takes each source's share of the limit; which pages depends on their names only. */
  private static List<String> sample(List<String> pages, int most, int all) {
    if (most <= 0 || all <= most) {
      return pages;
    }
    int share = Math.max(1, (int) ((long) most * pages.size() / all));
    return pages.stream()
        .sorted(Comparator.comparingLong(page -> Shingles.mix(page.hashCode())))
        .limit(share)
        .sorted()
        .toList();
  }

  int size() {
    return pages.stream().mapToInt(PageSource::size).sum();
  }

  List<ReadPages.Share> shares() {
    List<ReadPages.Share> shares = new ArrayList<>();
    for (int source = 0; source < pages.size(); source++) {
      int size = pages.get(source).size();
      int length = pages.get(source).share();
      for (int from = 0; from < size; from += length) {
        shares.add(new ReadPages.Share(source, from, Math.min(size, from + length)));
      }
    }
    return shares;
  }
}
