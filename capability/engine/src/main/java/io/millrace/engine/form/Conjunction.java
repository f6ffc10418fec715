// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Schemas that hold for the same value: those of {@code allOf} and {@code $ref}, and the chosen ones of {@code anyOf}
 * and {@code oneOf}. There are finitely many, whatever references a document has, since places are. Immutable.
 */
final class Conjunction {
  private final SchemaDocument document;
  private final Map<String, Place> places;
  /** Pointers of the lists of alternatives of which one has been added. */
  private final Set<String> chosen;

  private Conjunction(SchemaDocument document, Map<String, Place> places, Set<String> chosen) {
    this.document = document;
    this.places = places;
    this.chosen = chosen;
  }

  /** All of these and what they refer to; nothing when one of them is false. */
  static @Nullable Conjunction of(SchemaDocument document, Collection<Place> all) {
    Map<String, Place> places = new LinkedHashMap<>();
    for (Place place : all) {
      if (!add(document, place, places)) {
        return null;
      }
    }
    return new Conjunction(document, places, Set.of());
  }

  private static boolean add(SchemaDocument document, Place place, Map<String, Place> places) {
    if (place.schema().isBoolean()) {
      return place.schema().asBoolean();
    }
    SchemaDocument.check(place);
    if (places.putIfAbsent(place.pointer(), place) != null) {
      return true;
    }
    boolean possible = !place.has("$ref") || add(document, document.referred(place), places);
    for (int i = 0; i < place.list("allOf").size(); i++) {
      possible = possible && add(document, place.beside("allOf", i), places);
    }
    return possible;
  }

  /** The place and keyword of alternatives of which none has been chosen yet. */
  record Choice(Place place, String keyword) {
    String pointer() {
      return place.pointer() + "/" + keyword;
    }

    int size() {
      return place.list(keyword).size();
    }
  }

  @Nullable Choice open() {
    for (Place place : places.values()) {
      for (String keyword : List.of("anyOf", "oneOf")) {
        Choice choice = new Choice(place, keyword);
        if (place.has(keyword) && !chosen.contains(choice.pointer())) {
          return choice;
        }
      }
    }
    return null;
  }

  /** With one of the alternatives; nothing when that is false. */
  @Nullable Conjunction with(Choice choice, int alternative) {
    Map<String, Place> more = new LinkedHashMap<>(places);
    Set<String> now = new TreeSet<>(chosen);
    now.add(choice.pointer());
    return add(document, choice.place.beside(choice.keyword, alternative), more) ? new Conjunction(document, more, now)
        : null;
  }

  List<Place> places() {
    return new ArrayList<>(places.values());
  }

  SchemaDocument document() {
    return document;
  }

  /** Tells this conjunction from all others of the document. */
  String key() {
    // With the number: the root's pointer is empty, and the set of it alone looks like the empty set.
    return places.size() + " " + new TreeSet<>(places.keySet()) + " " + chosen;
  }

  /** Where it begins, for messages. */
  String shown() {
    return places.isEmpty() ? "#" : places.values().iterator().next().shown();
  }
}
