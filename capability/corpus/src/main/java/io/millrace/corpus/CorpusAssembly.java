// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.document.Link;
import io.millrace.core.document.Section;
import io.millrace.core.json.Json;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.similarity.Shingles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Puts together what the batch job found: decides which documents are copies, removes prose that members inherited
 * word for word, and leads links to what was kept. A document is compared with those of the same access labels only, so that
 * nobody loses what they may see because others have it too, nor learns that others have it.
 */
final class CorpusAssembly {

  static final String DOCUMENTS = "documents";
  static final String DEAD_LETTERS = "dead-letters";
  static final String CANDIDATES = "candidates";

  private final Map<String, Document> documents = new TreeMap<>();
  private final Map<String, String> removed = new HashMap<>();
  private long exact;
  private long near;
  private long twins;
  private long inherited;

  private CorpusAssembly() {}

  static Corpus assemble(Path scratch, Sources sources) throws IOException {
    CorpusAssembly assembly = new CorpusAssembly();
    for (String line : lines(scratch.resolve(DOCUMENTS))) {
      Document document = Json.read(line, Document.class);
      // Two sources may claim one identity, such as a page as .html and as .md: the first one in order stays.
      assembly.documents.merge(document.id(), document, CorpusAssembly::first);
    }
    List<DeadLetter> letters = new ArrayList<>();
    for (String line : lines(scratch.resolve(DEAD_LETTERS))) {
      letters.add(Json.read(line, DeadLetter.class));
    }
    letters.sort(Comparator.comparing(DeadLetter::source));
    Set<NearDuplicates.Pair> candidates = new TreeSet<>();
    for (String line : lines(scratch.resolve(CANDIDATES))) {
      int tab = line.indexOf('\t');
      candidates.add(new NearDuplicates.Pair(line.substring(0, tab), line.substring(tab + 1)));
    }
    candidates.removeIf(pair -> !assembly.labels(pair.first()).equals(assembly.labels(pair.second())));
    assembly.removeCopies(candidates);
    assembly.removeInheritedProse();
    assembly.leadLinksToWhatWasKept();
    return new Corpus(
        List.copyOf(assembly.documents.values()),
        letters,
        assembly.statistics(sources, letters.size()));
  }

  private static Document first(Document a, Document b) {
    return Json.write(a).compareTo(Json.write(b)) <= 0 ? a : b;
  }

  private static List<String> lines(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    return lines;
  }

  private void removeCopies(Set<NearDuplicates.Pair> candidates) {
    Map<String, String> copies = NearDuplicates.copies(candidates, id -> Shingles.of(document(id).text()));
    copies.forEach(
        (copy, original) -> {
          Document document = document(copy);
          Document kept = document(original);
          if (words(document.text()).equals(words(kept.text()))) {
            exact++;
            removed.put(copy, original);
          } else if (document.title().equals(kept.title())) {
            near++;
            removed.put(copy, original);
          } else {
            twins++;
            Map<String, String> attributes = new LinkedHashMap<>(document.attributes());
            attributes.put(Corpus.TWIN_OF, original);
            documents.put(copy, document.withAttributes(attributes));
          }
        });
    removed.keySet().forEach(documents::remove);
  }

  private Document document(String id) {
    return Objects.requireNonNull(documents.get(id), () -> "candidate '" + id + "' is no document of the job");
  }

  private static String words(String text) {
    return text.replaceAll("[^\\p{L}\\p{N}]+", " ").strip();
  }

  /** A member that repeats a supertype's description word for word keeps its signature only. */
  private void removeInheritedProse() {
    for (Document document : List.copyOf(documents.values())) {
      List<Document> supertypes =
          document.links().stream()
              .filter(link -> link.kind().equals("extends") || link.kind().equals("implements"))
              .map(link -> documents.get(link.target()))
              .filter(Objects::nonNull)
              .filter(supertype -> !supertype.id().equals(document.id()) && supertype.labels().equals(document.labels()))
              .toList();
      if (supertypes.isEmpty()) {
        continue;
      }
      List<Section> sections = new ArrayList<>();
      long before = inherited;
      for (Section section : document.sections()) {
        boolean repeats =
            section.kind().equals("method")
                && section.hasProse()
                && supertypes.stream().map(Document::sections).flatMap(Collection::stream).anyMatch(of(section));
        inherited += repeats ? 1 : 0;
        sections.add(
            repeats
                ? new Section(
                    section.anchor(), section.kind(), section.heading(), section.signature(), "", List.of())
                : section);
      }
      if (inherited > before) {
        documents.put(document.id(), document.withContent(sections, document.links()));
      }
    }
  }

  private static Predicate<Section> of(Section section) {
    return other ->
        other.kind().equals(section.kind())
            && other.heading().equals(section.heading())
            && other.text().equals(section.text())
            && other.details().containsAll(section.details());
  }

  private void leadLinksToWhatWasKept() {
    for (Document document : List.copyOf(documents.values())) {
      Map<String, Link> links = new LinkedHashMap<>();
      for (Link link : document.links()) {
        String target = removed.getOrDefault(link.target(), link.target());
        Document at = documents.get(target);
        boolean known = at == null ? target.startsWith("http") : seenWith(document, at);
        if (known && !target.equals(document.id())) {
          links.putIfAbsent(link.kind() + " " + target, new Link(target, link.text(), link.kind()));
        }
      }
      documents.put(document.id(), document.withContent(document.sections(), List.copyOf(links.values())));
    }
  }

  /** Returns whether whoever may see a document may see another one too: a link must not tell that something is there. */
  private static boolean seenWith(Document document, Document other) {
    return other.labels().isEmpty() || !document.labels().isEmpty() && other.labels().containsAll(document.labels());
  }

  private Set<String> labels(String id) {
    return document(id).labels();
  }

  private CorpusStatistics statistics(Sources sources, int deadLetters) {
    Map<String, Map<String, CorpusStatistics.Size>> libraries = new TreeMap<>();
    for (Document document : documents.values()) {
      libraries
          .computeIfAbsent(document.path().getFirst(), library -> new TreeMap<>())
          .merge(
              document.language().code(),
              new CorpusStatistics.Size(1, document.sections().size(), document.text().length()),
              CorpusStatistics.Size::plus);
    }
    return new CorpusStatistics(
        sources.size(),
        sources.navigation(),
        documents.size(),
        exact,
        near,
        twins,
        inherited,
        deadLetters,
        sources.refused(),
        libraries);
  }
}
