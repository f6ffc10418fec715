// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Passage;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.memory.Extract.Scope;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Makes passages that were found into what is worth reading within a budget of tokens: a passage, its whole section, or its whole
 * document, whichever the hits ask for. Where hits cover half of a section it is taken whole, and so is a document of
 * whose text such sections are half; what is left of the budget completes sections of which a piece was found, in the order of the hits.
 */
public final class Extracts {

  /** From which share of its characters on a whole is worth more than its parts. */
  private static final double HALF = 0.5;

  /** Characters of whole documents that one answer reads: further ones are taken for what was found of them. */
  private static final int MOST_READ = 2_000_000;

  private final Retriever memory;
  private final Access access;
  private final List<Hit> hits;
  private final Map<String, Outline> outlines = new HashMap<>();
  /** What is taken, by document, in the order of the hits. */
  private final Map<String, TreeSet<Integer>> taken = new LinkedHashMap<>();
  private int left;

  private int read;

  private Extracts(List<Hit> hits, Retriever memory, Access access, int budget) {
    this.hits = hits;
    this.memory = memory;
    this.access = access;
    this.left = budget;
  }

  /**
   * Makes extracts of hits.
   *
   * @param hits best first
   * @param budget most tokens of all extracts together, estimated by {@link #tokens}
   * @param memory gives the passages around a hit
   * @return in the order of their best hits; hits that do not fit by themselves are left out
   * @throws IllegalArgumentException when the budget is not positive
   */
  public static List<Extract> of(List<Hit> hits, int budget, Retriever memory, Access access) {
    if (budget < 1) {
      throw new IllegalArgumentException("a budget of " + budget + " tokens: it must be positive");
    }
    Extracts extracts = new Extracts(hits, memory, access, budget);
    extracts.takeHits();
    extracts.completeSections();
    return extracts.result();
  }

  /**
   * Estimates how many tokens a text has for the tokenizers of usual language models, rather too many than too few: one for a Han
   * character or another of its width, one for 3.5 others.
   */
  public static int tokens(String text) {
    long wide = text.codePoints().filter(c -> c >= 0x2E80).count();
    return (int) Math.ceil(wide + (text.length() - wide) / 3.5);
  }

  /** The passages of a document with the sections that they belong to. */
  private record Outline(List<Passage> passages, List<List<Integer>> sections) {

    static Outline of(List<Passage> passages) {
      List<List<Integer>> sections = new ArrayList<>();
      for (int i = 0; i < passages.size(); i++) {
        Passage passage = passages.get(i);
        boolean goesOn = i > 0 && passages.get(i - 1).anchor().equals(passage.anchor())
            && passages.get(i - 1).heading().equals(passage.heading());
        if (!goesOn) {
          sections.add(new ArrayList<>());
        }
        sections.getLast().add(i);
      }
      return new Outline(passages, sections);
    }

    /** Returns the place of a passage; -1 when the document has changed since it was found. */
    int placeOf(Passage passage) {
      for (int i = 0; i < passages.size(); i++) {
        if (passages.get(i).id().equals(passage.id()) && passages.get(i).text().equals(passage.text())) {
          return i;
        }
      }
      return -1;
    }

    List<Integer> sectionOf(int place) {
      return sections.stream().filter(section -> section.contains(place)).findFirst().orElseThrow();
    }

    int characters(Collection<Integer> places) {
      return places.stream().mapToInt(place -> passages.get(place).text().length()).sum();
    }

    int tokens(Collection<Integer> places) {
      return Extracts.tokens(text(places));
    }

    /** Joins passages; the line that names the section stands at the beginning of each of its pieces, and is said once. */
    String text(Collection<Integer> places) {
      StringBuilder text = new StringBuilder();
      String lead = "";
      for (int place : places) {
        String own = passages.get(place).text();
        int end = own.indexOf('\n');
        String first = end < 0 ? own : own.substring(0, end);
        boolean again = !text.isEmpty() && first.equals(lead);
        if (!text.isEmpty()) {
          text.append(again ? "\n" : "\n\n");
        }
        text.append(again ? own.substring(Math.min(own.length(), first.length() + 1)) : own);
        lead = first;
      }
      return text.toString();
    }
  }

  private Outline outline(Passage passage) {
    Outline known = outlines.get(passage.documentId());
    if (known == null) {
      List<Passage> passages = read < MOST_READ ? memory.passages(passage.documentId(), access) : found(passage.documentId());
      read += passages.stream().mapToInt(each -> each.text().length()).sum();
      known = Outline.of(passages);
      outlines.put(passage.documentId(), known);
    }
    return known;
  }

  private List<Passage> found(String document) {
    return hits.stream().map(Hit::passage).filter(passage -> passage.documentId().equals(document))
        .sorted(Comparator.comparingInt(Passage::ordinal)).toList();
  }

  private void takeHits() {
    Map<String, Set<Integer>> found = new HashMap<>();
    for (Hit hit : hits) {
      int place = outline(hit.passage()).placeOf(hit.passage());
      if (place >= 0) {
        found.computeIfAbsent(hit.passage().documentId(), _ -> new HashSet<>()).add(place);
      }
    }
    for (Hit hit : hits) {
      String document = hit.passage().documentId();
      Outline outline = outline(hit.passage());
      int place = outline.placeOf(hit.passage());
      if (place >= 0 && !takenOf(document).contains(place)) {
        Set<Integer> wanted = new TreeSet<>();
        for (List<Integer> section : outline.sections()) {
          if (mostly(outline, section, found.getOrDefault(document, Set.of()))) {
            wanted.addAll(section);
          }
        }
        List<Integer> section = outline.sectionOf(place);
        List<Integer> all = outline.sections().stream().flatMap(List::stream).toList();
        boolean done = mostly(outline, all, wanted) && take(document, outline, all)
            || wanted.contains(place) && take(document, outline, section)
            || take(document, outline, List.of(place));
        if (!done && left <= 0) {
          return;
        }
      }
    }
  }

  private void completeSections() {
    for (Hit hit : hits) {
      String document = hit.passage().documentId();
      Outline outline = outline(hit.passage());
      int place = outline.placeOf(hit.passage());
      if (place >= 0 && takenOf(document).contains(place)) {
        take(document, outline, outline.sectionOf(place));
      }
    }
  }

  private static boolean mostly(Outline outline, List<Integer> whole, Set<Integer> part) {
    List<Integer> held = whole.stream().filter(part::contains).toList();
    return outline.characters(held) >= HALF * outline.characters(whole);
  }

  private TreeSet<Integer> takenOf(String document) {
    return taken.getOrDefault(document, new TreeSet<>());
  }

  /** Takes what of it is not taken yet, if it fits. */
  private boolean take(String document, Outline outline, List<Integer> places) {
    TreeSet<Integer> before = takenOf(document);
    TreeSet<Integer> after = new TreeSet<>(before);
    after.addAll(places);
    int more = cost(outline, after) - cost(outline, before);
    if (more > left) {
      return false;
    }
    left -= more;
    taken.put(document, after);
    return true;
  }

  private static int cost(Outline outline, TreeSet<Integer> places) {
    return runs(places).stream().mapToInt(outline::tokens).sum();
  }

  /** Splits what is taken of a document into stretches without a gap. */
  private static List<List<Integer>> runs(TreeSet<Integer> places) {
    List<List<Integer>> runs = new ArrayList<>();
    for (int place : places) {
      if (runs.isEmpty() || runs.getLast().getLast() != place - 1) {
        runs.add(new ArrayList<>());
      }
      runs.getLast().add(place);
    }
    return runs;
  }

  private List<Extract> result() {
    Map<List<Object>, Extract> extracts = new LinkedHashMap<>();
    for (Hit hit : hits) {
      String document = hit.passage().documentId();
      Outline outline = outline(hit.passage());
      int place = outline.placeOf(hit.passage());
      if (place < 0 || !takenOf(document).contains(place)) {
        continue;
      }
      List<Integer> run = runs(takenOf(document)).stream().filter(each -> each.contains(place)).findFirst().orElseThrow();
      extracts.computeIfAbsent(List.of(document, run), _ -> extract(hit, outline, run));
    }
    return List.copyOf(extracts.values());
  }

  private static Extract extract(Hit best, Outline outline, List<Integer> run) {
    List<Passage> passages = run.stream().map(outline.passages()::get).toList();
    Scope scope = run.size() == outline.passages().size() && outline.sections().size() > 1
        ? Scope.DOCUMENT
        : outline.sections().stream().anyMatch(run::containsAll) ? Scope.SECTION : Scope.PASSAGE;
    String text = outline.text(run);
    return new Extract(scope, passages, text, tokens(text), best.score());
  }
}
