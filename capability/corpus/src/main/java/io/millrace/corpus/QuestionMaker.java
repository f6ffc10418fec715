// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Passages;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.document.Section;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Makes questions with answers that are literal parts of a passage, out of what documentation states anyway: purpose,
 * return values, parameters, exceptions, versions, replacements, defaults; of poems author, dynasty and neighbouring lines. Some questions come with a passage that
 * does not answer them, so that models learn to say so. The same documents give the same questions.
 */
public final class QuestionMaker {

  /** One question in so many has a passage that does not answer it. */
  private static final int UNANSWERABLE_EVERY = 6;

  /** One question about a method in so many names the library instead of the page. */
  private static final int BY_LIBRARY_EVERY = 8;

  private static final Pattern JAR_PART =
      Pattern.compile("[-_.](?:core|api|client|clients|common|extension|base|java|all|context|main)\\d*$|\\d+$");

  /** Share of each kind among the answerable ones, in percent; what a kind cannot fill, the others do. */
  private static final Map<Fact.Kind, Integer> SHARES =
      new EnumMap<>(
          Map.of(
              Fact.Kind.PURPOSE, 34,
              Fact.Kind.HOW_TO, 10,
              Fact.Kind.RETURNS, 17,
              Fact.Kind.PARAMETER, 17,
              Fact.Kind.THROWS, 8,
              Fact.Kind.SINCE, 5,
              Fact.Kind.DEPRECATED, 5,
              Fact.Kind.DEFAULT, 2,
              Fact.Kind.TOPIC, 2));

  static {
    // Poems have these only, documentation has none of them.
    SHARES.putAll(
        Map.of(
            Fact.Kind.WRITTEN_BY, 40,
            Fact.Kind.DYNASTY, 10,
            Fact.Kind.NEXT_LINE, 35,
            Fact.Kind.PREVIOUS_LINE, 15));
  }

  private record Candidate(Fact fact, List<Passage> page, Passage passage, long order) {}

  private final Language language;

  /** Makes questions in one language, from the documents in that language. */
  public QuestionMaker(Language language) {
    this.language = language;
  }

  /**
   * Makes questions.
   *
   * @param documents all of them; those in other languages are passed over
   * @param which the pages to ask about, for example those that are not held out
   * @param most at most so many questions
   * @return shuffled, so that any beginning of the list has all kinds
   */
  public List<QuestionAnswer> make(List<Document> documents, Predicate<String> which, int most) {
    List<Candidate> candidates = candidates(documents, which);
    List<Candidate> chosen = choose(candidates, most - most / UNANSWERABLE_EVERY);
    List<QuestionAnswer> questions = new ArrayList<>();
    Set<String> asked = new HashSet<>();
    for (Candidate candidate : chosen) {
      add(questions, asked, answerable(candidate));
    }
    int wanted = Math.min(most / UNANSWERABLE_EVERY, questions.size() / (UNANSWERABLE_EVERY - 1));
    for (int i = 0, made = 0; i < candidates.size() && made < wanted; i++) {
      QuestionAnswer question = unanswerable(candidates, i);
      if (question != null && add(questions, asked, question)) {
        made++;
      }
    }
    questions.sort(Comparator.comparingLong(question -> HeldOut.hash(question.id())));
    return List.copyOf(questions);
  }

  private static boolean add(List<QuestionAnswer> questions, Set<String> asked, QuestionAnswer question) {
    boolean isNew = asked.add(question.question() + "\n" + question.passage());
    if (isNew) {
      questions.add(question);
    }
    return isNew;
  }

  private List<Candidate> candidates(List<Document> documents, Predicate<String> which) {
    List<Candidate> candidates = new ArrayList<>();
    for (Document document : documents) {
      if (document.language() != language || !which.test(document.id())) {
        continue;
      }
      List<Passage> passages = Passages.of(document);
      for (Section section : document.sections()) {
        for (Fact fact : Fact.of(document, section)) {
          Passage passage = passage(passages, document, section, fact);
          if (passage != null) {
            long order = HeldOut.hash(passage.id() + fact.kind() + fact.name());
            candidates.add(new Candidate(fact, passages, passage, order));
          }
        }
      }
    }
    candidates.sort(Comparator.comparingLong(Candidate::order));
    return candidates;
  }

  /** The passage of the section that holds the answer, and a line asked about; null when they were cut apart. */
  private static @Nullable Passage passage(
      List<Passage> passages, Document document, Section section, Fact fact) {
    String lead = Passages.lead(document, section);
    for (Passage passage : passages) {
      if (passage.anchor().equals(section.anchor())
          && passage.text().startsWith(lead)
          && passage.text().contains(fact.answer())
          && (!section.kind().equals(PoemPage.KIND) || passage.text().contains(fact.name()))) {
        return passage;
      }
    }
    return null;
  }

  private static List<Candidate> choose(List<Candidate> candidates, int most) {
    Map<Fact.Kind, Integer> taken = new EnumMap<>(Fact.Kind.class);
    List<Candidate> chosen = new ArrayList<>();
    List<Candidate> spare = new ArrayList<>();
    for (Candidate candidate : candidates) {
      int share = SHARES.getOrDefault(candidate.fact().kind(), 0) * most / 100;
      if (taken.merge(candidate.fact().kind(), 1, Integer::sum) <= share) {
        chosen.add(candidate);
      } else {
        spare.add(candidate);
      }
    }
    chosen.addAll(spare.subList(0, Math.min(spare.size(), Math.max(0, most - chosen.size()))));
    // Where documentation and poems are mixed, both kinds of shares may be filled.
    return chosen.subList(0, Math.min(chosen.size(), most));
  }

  private QuestionAnswer answerable(Candidate candidate) {
    Fact fact = candidate.fact();
    return new QuestionAnswer(
        candidate.passage().id() + "/" + fact.kind().code() + (fact.name().isEmpty() ? "" : "/" + fact.name()),
        candidate.passage().documentId(),
        language,
        fact.kind().code(),
        question(candidate),
        candidate.passage().text(),
        List.of(fact.answer()));
  }

  /**
   * Phrases a question. Some speak of the library where the page should be named, as people do who know a method but
   * not its class; models then do not learn to look for the page's name alone.
   */
  private String question(Candidate candidate) {
    SplittableRandom random = new SplittableRandom(candidate.order());
    boolean byLibrary = candidate.fact().sectionKind().equals("method") && random.nextInt(BY_LIBRARY_EVERY) == 0;
    Fact fact = byLibrary ? candidate.fact().of(library(candidate.passage())) : candidate.fact();
    List<String> ways = Phrasing.of(language, fact);
    String question = ways.get(random.nextInt(ways.size()));
    if (language == Language.ENGLISH && random.nextInt(4) == 0) {
      // Many people do not capitalise what they type, unless it is a name.
      question = question.startsWith(fact.title()) ? question : lower(question);
    }
    boolean unmarked = random.nextInt(8) == 0 && (question.endsWith("?") || question.endsWith("？"));
    return unmarked ? question.substring(0, question.length() - 1) : question;
  }

  /** "mybatis-plus-core" is called MyBatis-Plus: the part that only says which jar is left out. */
  private static String library(Passage passage) {
    return JAR_PART.matcher(passage.path().getFirst()).replaceFirst("");
  }

  private static String lower(String question) {
    return Character.toLowerCase(question.charAt(0)) + question.substring(1);
  }

  /**
   * Puts a question to the wrong passage: another member's of the same page, else another page's. The passage must
   * neither name what is asked about nor hold the answer.
   */
  private @Nullable QuestionAnswer unanswerable(List<Candidate> candidates, int i) {
    Candidate asked = candidates.get(i);
    Fact fact = asked.fact();
    SplittableRandom random = new SplittableRandom(asked.order() ^ 0x5eedL);
    boolean samePage = random.nextInt(3) > 0;
    List<Passage> others =
        samePage
            ? asked.page()
            : List.of(candidates.get(random.nextInt(candidates.size())).passage());
    int start = random.nextInt(others.size());
    for (int j = 0; j < others.size(); j++) {
      Passage other = others.get((start + j) % others.size());
      boolean otherSection = !samePage || !other.anchor().equals(asked.passage().anchor());
      boolean silent =
          !other.text().contains(fact.answer())
              && (fact.member().isEmpty() || !other.text().contains(fact.member()))
              && (!fact.member().isEmpty() || !other.text().contains(fact.title()))
              && (fact.name().isEmpty() || !other.text().contains(fact.name()));
      if (otherSection && silent && !other.id().equals(asked.passage().id())) {
        return new QuestionAnswer(
            asked.passage().id() + "/" + fact.kind().code() + "/" + fact.name() + "/unanswerable",
            asked.passage().documentId(),
            language,
            "unanswerable",
            question(asked),
            other.text(),
            List.of());
      }
    }
    return null;
  }
}
