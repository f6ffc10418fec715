// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.document.Section;
import io.millrace.core.document.Verse;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What can be asked about a poem: who wrote it, when, and which line stands after or before another. */
final class PoemFacts {

  /** Shorter lines stand in many poems. */
  private static final int SHORTEST_LINE = 4;

  private PoemFacts() {}

  /** Returns at most four facts; which lines are asked for depends on the poem's identity only. */
  static List<Fact> of(Document document, Section section) {
    List<Fact> facts = new ArrayList<>();
    add(facts, document, Fact.Kind.WRITTEN_BY, "", document.attributes().getOrDefault(PoemPage.AUTHOR, ""));
    add(facts, document, Fact.Kind.DYNASTY, "", document.attributes().getOrDefault(PoemPage.DYNASTY, ""));
    List<String> lines = Verse.of(section.text()).lines();
    List<Integer> pairs = new ArrayList<>();
    for (int i = 0; i + 1 < lines.size(); i++) {
      if (asks(lines, i) && asks(lines, i + 1)) {
        pairs.add(i);
      }
    }
    if (!pairs.isEmpty()) {
      SplittableRandom random = new SplittableRandom(HeldOut.hash(document.id()));
      int next = pairs.get(random.nextInt(pairs.size()));
      add(facts, document, Fact.Kind.NEXT_LINE, lines.get(next), lines.get(next + 1));
      int before = pairs.get(random.nextInt(pairs.size()));
      if (before != next) {
        add(facts, document, Fact.Kind.PREVIOUS_LINE, lines.get(before + 1), lines.get(before));
      }
    }
    return facts;
  }

  /** A line that is whole, without gaps and signs of the editors, and stands only once. */
  private static boolean asks(List<String> lines, int i) {
    String line = lines.get(i);
    return line.length() >= SHORTEST_LINE
        && line.codePoints().allMatch(c -> Character.UnicodeScript.of(c) == Character.UnicodeScript.HAN)
        && lines.stream().filter(line::equals).count() == 1;
  }

  private static void add(List<Fact> facts, Document document, Fact.Kind kind, String name, String answer) {
    if (!answer.isEmpty()) {
      facts.add(new Fact(kind, document.kind(), PoemPage.KIND, document.title(), "", name, answer));
    }
  }
}
