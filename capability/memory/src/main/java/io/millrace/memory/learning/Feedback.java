// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.core.event.Event;
import io.millrace.core.event.ShownHits;
import io.millrace.memory.EvidenceKind;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Joins what was shown with what people did with it. A list is judged by what happened within half an hour:
 *
 * <ul>
 *   <li>of a search, hits that were opened, or rated well, are preferred to the others; those rated badly are not;
 *   <li>of an answer that was rated well, what it cited is preferred to what was found besides; otherwise citations that were opened
 *       are preferred to the others. What an answer cites is the system's own choice, and says nothing until somebody agrees.
 * </ul>
 *
 * <p>Users without identity are many: what they open counts only where it names the search that it was opened from; what was opened from another list
 * says nothing of a search. Lists that a re-ranker had a part in are left out: their order is not what evidence and its weights make. Confined to one
 * thread.
 */
final class Feedback {

  /** How long after a list was shown somebody may still mean it. */
  static final Duration PATIENCE = Duration.ofMinutes(30);

  /** Lists of each purpose that are kept, some tens of megabytes at most: beyond them goes the oldest of whoever has most, so that nobody drives out others. */
  static final int MOST_LISTS = 4_000;

  /** Lists on which somebody may still act, some 4 kB each: clients choose who they are, and there may be any number of them. */
  static final int MOST_OPEN = 10_000;

  private static final int MOST_OPEN_OF_A_USER = 50;

  /** What everybody without identity has together. */
  private static final int MOST_OPEN_OF_NOBODY = 2_000;

  private static final String NOBODY = "anonymous";

  private final Map<String, Deque<Open>> open = new HashMap<>();

  /** All of them, and some that are settled by now, in the order in which they came. */
  private final Deque<Open> arrivals = new ArrayDeque<>();

  private final Map<Purpose, Deque<JudgedList>> judged = new HashMap<>();
  private final Map<Purpose, Long> counts = new HashMap<>();

  /** A list on which somebody may still act. */
  private static final class Open {
    final String id;
    final String trace;
    final Instant at;
    final String user;
    final Purpose purpose;
    final List<ShownHits.Hit> hits;

    /** What an answer cited; null for a search, of which all hits are seen alike. */
    final @Nullable Set<String> cited;

    final Set<String> liked = new HashSet<>();
    final Set<String> disliked = new HashSet<>();
    double rating;
    boolean settled;

    Open(Event event, ShownHits shown, @Nullable Set<String> cited) {
      this.id = event.id();
      this.trace = event.trace();
      this.at = event.at();
      this.user = event.user();
      this.purpose = Purpose.of(shown.language(), shown.aim());
      this.hits = shown.hits().subList(0, Math.min(ShownHits.MOST, shown.hits().size()));
      this.cited = cited;
    }

    boolean awaits(Instant later) {
      return !later.isAfter(at.plus(PATIENCE));
    }

    boolean shows(String document) {
      return hits.stream().anyMatch(hit -> hit.document().equals(document)) && (cited == null || cited.contains(document));
    }

    /** Returns what was preferred to what, or null for nothing. */
    @Nullable JudgedList settled() {
      settled = true;
      List<ShownHits.Hit> seen = new ArrayList<>(hits);
      Set<String> preferred = new HashSet<>(liked);
      if (cited != null && rating > 0) {
        preferred.addAll(cited);
      } else if (cited != null) {
        // People saw citations, in their order.
        List<String> order = List.copyOf(cited);
        seen.removeIf(hit -> !cited.contains(hit.document()));
        seen.sort(Comparator.comparingInt(hit -> order.indexOf(hit.document())));
      }
      preferred.removeAll(disliked);
      BitSet numbers = new BitSet();
      for (int i = 0; i < seen.size(); i++) {
        numbers.set(i, preferred.contains(seen.get(i).document()));
      }
      boolean told = rating >= 0 && !numbers.isEmpty() && numbers.cardinality() < seen.size();
      return told ? new JudgedList(purpose, at, user, seen, numbers) : null;
    }
  }

  /**
   * Takes in an event; those of one user in their order.
   *
   * @throws IllegalArgumentException when it names a language or an aim that there is not
   */
  void apply(Event event) {
    settle(event.user(), event.at());
    switch (event) {
      case Event.Searched searched when searched.shown() != null -> show(new Open(searched, searched.shown(), null));
      case Event.Answered answered when answered.shown() != null -> show(new Open(answered, answered.shown(), cited(answered)));
      case Event.Clicked clicked ->
          find(clicked, clicked.exposure(), list -> list.shows(clicked.document())).forEach(list -> list.liked.add(clicked.document()));
      case Event.Rated rated -> rate(rated);
      default -> { }
    }
  }

  private static Set<String> cited(Event.Answered answered) {
    Set<String> documents = new LinkedHashSet<>();
    for (String passage : answered.citations()) {
      int ordinal = passage.lastIndexOf('#');
      documents.add(ordinal < 0 ? passage : passage.substring(0, ordinal));
    }
    return documents;
  }

  private void show(Open list) {
    if (list.hits.stream().anyMatch(hit -> hit.evidence().containsKey(EvidenceKind.RERANKER))) {
      return;
    }
    Deque<Open> lists = open.computeIfAbsent(list.user, _ -> new ArrayDeque<>());
    if (lists.stream().noneMatch(each -> each.id.equals(list.id))) {
      lists.addLast(list);
      arrivals.addLast(list);
      while (lists.size() > (isNobody(list.user) ? MOST_OPEN_OF_NOBODY : MOST_OPEN_OF_A_USER)) {
        keep(lists.removeFirst());
      }
    }
    while (arrivals.size() > MOST_OPEN) {
      Open oldest = arrivals.removeFirst();
      if (!oldest.settled) {
        Deque<Open> others = open.getOrDefault(oldest.user, new ArrayDeque<>());
        others.remove(oldest);
        if (others.isEmpty()) {
          open.remove(oldest.user);
        }
        keep(oldest);
      }
    }
  }

  private void rate(Event.Rated rated) {
    List<Open> answers = find(rated, rated.target(), _ -> false);
    answers.forEach(list -> list.rating = rated.value());
    if (answers.isEmpty()) {
      for (Open list : find(rated, null, each -> each.shows(rated.target()))) {
        list.liked.remove(rated.target());
        list.disliked.remove(rated.target());
        if (rated.value() != 0) {
          (rated.value() > 0 ? list.liked : list.disliked).add(rated.target());
        }
      }
    }
  }

  /** The list that is named, or else the latest one that somebody with an identity can mean. */
  private List<Open> find(Event event, @Nullable String named, Predicate<Open> meant) {
    Deque<Open> lists = open.getOrDefault(event.user(), new ArrayDeque<>());
    for (Open list : lists) {
      if (named != null && (list.id.equals(named) || list.cited != null && list.trace.equals(named))) {
        return List.of(list);
      }
    }
    boolean unknown = named != null || isNobody(event.user());
    for (Iterator<Open> latest = lists.descendingIterator(); latest.hasNext() && !unknown; ) {
      Open list = latest.next();
      if (meant.test(list)) {
        return List.of(list);
      }
    }
    return List.of();
  }

  private static boolean isNobody(String user) {
    return user.equals(NOBODY) || user.endsWith("/" + NOBODY);
  }

  private void settle(String user, Instant now) {
    Deque<Open> lists = open.get(user);
    while (lists != null && !lists.isEmpty() && !lists.getFirst().awaits(now)) {
      keep(lists.removeFirst());
    }
    if (lists != null && lists.isEmpty()) {
      open.remove(user);
    }
  }

  /** Judges all lists of which nobody who acts from now on can mean them: once all events so far were taken in. */
  void settle(Instant now) {
    List.copyOf(open.keySet()).forEach(user -> settle(user, now));
  }

  private void keep(Open list) {
    JudgedList settled = list.settled();
    if (settled != null) {
      Deque<JudgedList> kept = judged.computeIfAbsent(settled.purpose(), _ -> new ArrayDeque<>());
      kept.addLast(settled);
      counts.merge(settled.purpose(), 1L, Long::sum);
      if (kept.size() > MOST_LISTS) {
        forgetOne(kept);
      }
    }
  }

  /** Forgets the oldest list of whoever has most; of several, of the one whose is oldest. */
  private static void forgetOne(Deque<JudgedList> kept) {
    Map<String, Integer> byUser = new HashMap<>();
    kept.forEach(list -> byUser.merge(list.user(), 1, Integer::sum));
    int most = byUser.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    for (Iterator<JudgedList> oldest = kept.iterator(); oldest.hasNext(); ) {
      if (byUser.getOrDefault(oldest.next().user(), 0) == most) {
        oldest.remove();
        return;
      }
    }
  }

  /** Returns the judged lists of a purpose by their times. */
  List<JudgedList> judged(Purpose purpose) {
    return judged.getOrDefault(purpose, new ArrayDeque<>()).stream()
        .sorted(Comparator.comparing(JudgedList::at).thenComparing(JudgedList::user))
        .toList();
  }

  /** Returns how many lists of a purpose were judged so far. */
  long count(Purpose purpose) {
    return counts.getOrDefault(purpose, 0L);
  }
}
