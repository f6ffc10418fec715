// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.event.Event;
import io.millrace.core.event.UserFeatures;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is kept of a user.
 *
 * @param features what others see
 * @param session documents opened in the running session, oldest first
 * @param answers what the user may rate that is not a document: identities and traces of answers, latest first
 * @param citations documents that the latest of those answers cited, by identity and by trace
 */
record UserMemory(
    UserFeatures features, List<Visit> session, List<String> answers, Map<String, List<String>> citations) {

  /** Everybody who gave no identity: what they open says nothing about a person, nor what belongs together. */
  private static final String NOBODY = "anonymous";

  private static final Duration SESSION = Duration.ofMinutes(30);
  private static final Decay AFFINITY = new Decay(Duration.ofDays(7));
  private static final int MOST_DOCUMENTS = 50;
  private static final int MOST_PREFIXES = 100;
  private static final int LONGEST_SESSION = 30;
  /** Mode of an answer that names pages only as something to look at. */
  private static final String NO_ANSWER = "none";

  /** A document that was opened. */
  record Visit(String document, Instant at) {}

  UserMemory {
    session = List.copyOf(session);
    answers = List.copyOf(answers);
    // What was kept by the first versions has none.
    citations = citations == null ? Map.of() : Map.copyOf(citations);
  }

  static UserMemory of(String user) {
    return new UserMemory(UserFeatures.unknown(user), List.of(), List.of(), Map.of());
  }

  /** Returns the documents that were opened earlier in the same session, if this one was not yet. */
  List<String> sessionBefore(Event.Clicked click) {
    List<String> earlier =
        session.stream().filter(visit -> together(visit.at(), click.at())).map(Visit::document).toList();
    return isNobody(features.user()) || earlier.contains(click.document()) ? List.of() : earlier;
  }

  UserMemory clicked(Event.Clicked click) {
    List<Visit> visits = new ArrayList<>(session);
    visits.removeIf(visit -> !together(visit.at(), click.at()) || visit.document().equals(click.document()));
    visits.add(new Visit(click.document(), click.at()));
    while (visits.size() > LONGEST_SESSION) {
      visits.removeFirst();
    }
    UserFeatures next =
        new UserFeatures(
            features.user(),
            first(click.document(), features.recent()),
            drawn(click.document(), 1, click.at()),
            features.liked(),
            features.disliked(),
            features.clicks() + 1,
            features.exposures(),
            Decay.later(features.updatedAt(), click.at()));
    return new UserMemory(next, visits, answers, citations);
  }

  UserMemory exposed(Event.Exposed exposed) {
    UserFeatures next =
        new UserFeatures(
            features.user(),
            features.recent(),
            drawn("", 0, exposed.at()),
            features.liked(),
            features.disliked(),
            features.clicks(),
            features.exposures() + exposed.items().size(),
            Decay.later(features.updatedAt(), exposed.at()));
    return new UserMemory(next, session, answers, citations);
  }

  /** Returns whether an identity stands for all who gave none; a tenant's come as {@code tenant/anonymous}. */
  static boolean isNobody(String user) {
    return user.equals(NOBODY) || user.endsWith("/" + NOBODY);
  }

  /** Takes in a rating that replaces an earlier one of the same target; 0 where there was none. */
  UserMemory rated(Event.Rated rated, double earlier) {
    String target = rated.target();
    boolean page = !isAnswer(target);
    UserFeatures next =
        new UserFeatures(
            features.user(),
            features.recent(),
            drawn(page ? target : "", rated.value() - earlier, rated.at()),
            page && rated.value() > 0 ? first(target, features.liked()) : without(target, features.liked()),
            page && rated.value() < 0 ? first(target, features.disliked()) : without(target, features.disliked()),
            features.clicks(),
            features.exposures(),
            Decay.later(features.updatedAt(), rated.at()));
    return new UserMemory(next, session, answers, citations);
  }

  UserMemory answered(Event.Answered answered) {
    List<String> latest = first(answered.id(), first(answered.trace(), answers));
    Map<String, List<String>> cited = new TreeMap<>(citations);
    cited.put(answered.id(), cited(answered));
    cited.put(answered.trace(), cited(answered));
    cited.keySet().retainAll(latest);
    return new UserMemory(features, session, latest, cited);
  }

  /** Returns the documents whose passages an answer cited, each once; none where it says that the sources hold no answer. */
  static List<String> cited(Event.Answered answered) {
    return answered.mode().equals(NO_ANSWER)
        ? List.of()
        : answered.citations().stream().map(UserMemory::documentOf).distinct().toList();
  }

  /** Returns the documents that one of the user's answers cited. */
  List<String> citedBy(String answer) {
    return citations.getOrDefault(answer, List.of());
  }

  private static String documentOf(String passage) {
    int ordinal = passage.lastIndexOf('#');
    return ordinal < 0 ? passage : passage.substring(0, ordinal);
  }

  boolean isAnswer(String target) {
    return answers.contains(target);
  }

  /**
   * Returns the places that a document stands in, from its identity: the library, which is the first part, and the
   * package, which is all but the last.
   */
  static Set<String> prefixes(String document) {
    Set<String> prefixes = new TreeSet<>();
    int first = document.indexOf('/');
    if (first > 0) {
      prefixes.add(document.substring(0, first));
      prefixes.add(document.substring(0, document.lastIndexOf('/')));
    }
    return prefixes;
  }

  private Map<String, Double> drawn(String document, double amount, Instant at) {
    Map<String, Double> affinity = AFFINITY.add(features.affinity(), features.updatedAt(), "", 0, at, MOST_PREFIXES);
    Instant now = Decay.later(features.updatedAt(), at);
    for (String prefix : prefixes(document)) {
      affinity = AFFINITY.add(affinity, now, prefix, amount, at, MOST_PREFIXES);
    }
    return affinity;
  }

  private static boolean together(Instant one, Instant other) {
    return Duration.between(one, other).abs().compareTo(SESSION) <= 0;
  }

  private static List<String> first(String document, List<String> others) {
    List<String> all = new ArrayList<>(without(document, others));
    all.addFirst(document);
    return all.size() > MOST_DOCUMENTS ? all.subList(0, MOST_DOCUMENTS) : all;
  }

  private static List<String> without(String document, List<String> others) {
    return others.stream().filter(other -> !other.equals(document)).toList();
  }
}
