// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.graph;

import io.millrace.core.document.Passage;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The keys over which a passage meets others: those that it holds, since it names or links to something, and those that it owns, since
 * it is what they stand for. Made of the passage alone, so that they do not depend on what else is indexed.
 *
 * @param holds what the passage names and links to
 * @param owns what it is called and where it is
 */
public record PassageKeys(Set<String> holds, Set<String> owns) {

  /** Begins the key of a name; see {@link Entities#normalise}. */
  public static final char NAME = '=';

  /** Begins the key of a place: an identity or an address, perhaps with an anchor. */
  public static final char PLACE = '>';

  /** Of longer addresses and names nothing is kept; Lucene takes terms up to 32 kB. */
  private static final int LONGEST = 1_024;

  public PassageKeys {
    holds = Set.copyOf(holds);
    owns = Set.copyOf(owns);
  }

  /** Returns the keys of a passage. */
  public static PassageKeys of(Passage passage) {
    Set<String> owns = new LinkedHashSet<>();
    String title = passage.path().isEmpty() ? "" : passage.path().getLast();
    addName(title, owns);
    addName(passage.heading(), owns);
    String last = title.substring(title.lastIndexOf('.') + 1);
    if (!title.isEmpty() && !passage.heading().isEmpty()) {
      addName(last + "." + passage.heading(), owns);
    }
    if (!last.equals(title) && last.indexOf(' ') < 0) {
      addName(last, owns);
    }
    addPlace(passage.documentId(), passage.anchor(), owns);
    String url = passage.url();
    if (url != null) {
      addPlace(withoutAnchor(url), passage.anchor(), owns);
    }

    Set<String> holds = new LinkedHashSet<>();
    Entities.of(passage.text()).forEach(name -> holds.add(NAME + name));
    for (String link : passage.links()) {
      addHeld(PLACE + link, holds);
      addHeld(PLACE + withoutAnchor(link), holds);
    }
    holds.removeAll(owns);
    return new PassageKeys(holds, owns);
  }

  private static void addName(String name, Set<String> keys) {
    String normal = Entities.normalise(name);
    if (normal.length() >= 2) {
      addHeld(NAME + normal, keys);
    }
  }

  private static void addPlace(String place, String anchor, Set<String> keys) {
    addHeld(PLACE + place, keys);
    if (!anchor.isEmpty()) {
      addHeld(PLACE + place + "#" + anchor, keys);
    }
  }

  private static void addHeld(String key, Set<String> keys) {
    if (key.length() <= LONGEST) {
      keys.add(key);
    }
  }

  /** Longer names are rarer; three letters tell as much as one Han character. Which keys are taken must not depend on what else is indexed. */
  static final Comparator<String> TELLING =
      Comparator.<String>comparingInt(key -> key.getBytes(StandardCharsets.UTF_8).length).reversed()
          .thenComparing(Comparator.naturalOrder());

  /** Returns those keys of a kind that tell most. */
  static List<String> mostTelling(Collection<String> keys, char kind, int most) {
    return keys.stream().filter(key -> key.charAt(0) == kind).sorted(TELLING).limit(most).toList();
  }

  /**
   * Returns the keys by which a walk leaves a passage, as many as it looks at: of a link to a section the section's, and its page's only
   * where the section is not to be found (see {@link #wider}).
   */
  public List<String> leaving() {
    Set<String> leaving = new LinkedHashSet<>(holds);
    for (String key : holds) {
      String page = wider(key);
      if (page != null) {
        leaving.remove(page);
      }
    }
    List<String> some = new ArrayList<>(mostTelling(leaving, PLACE, Walk.MOST_KEYS));
    some.addAll(mostTelling(leaving, NAME, Walk.MOST_KEYS));
    return List.copyOf(some);
  }

  /** Returns the key of the page on which a place is; null for pages themselves, and for names. */
  public static @Nullable String wider(String key) {
    int anchor = key.charAt(0) == PLACE ? key.indexOf('#') : -1;
    return anchor < 0 ? null : key.substring(0, anchor);
  }

  private static String withoutAnchor(String place) {
    int anchor = place.indexOf('#');
    return anchor < 0 ? place : place.substring(0, anchor);
  }
}
