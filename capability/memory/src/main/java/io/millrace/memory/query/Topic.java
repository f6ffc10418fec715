// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import io.millrace.core.document.Language;
import io.millrace.memory.query.EnglishWords.Word;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a turn of a dialogue speaks of, in its own words.
 *
 * @param text a noun phrase, or a Chinese question without what asks; empty where there is none
 * @param names the names in the turn, as they are written
 */
record Topic(String text, List<String> names) {

  static final Topic NONE = new Topic("", List.of());

  private static final Pattern MARKED = Pattern.compile("《[^《》\\n]{1,40}》|「[^「」\\n]{2,20}」|“[^“”\\n]{2,20}”");
  private static final Pattern LATIN = Pattern.compile("@?[A-Za-z][A-Za-z0-9_$]*(?:(?:[.#-]|::)[A-Za-z0-9_$]+)*(?:\\(\\))?");
  private static final Pattern NAME = Pattern.compile(MARKED.pattern() + "|" + LATIN.pattern());

  private static final Pattern CHINESE_OPENING =
      Pattern.compile("^(?:请问|请|告诉我|帮我|我想知道|我想|想知道|介绍一下|介绍|解释一下|解释|说说|讲讲|谁(?:写了?|是)|什么是|为什么|怎么样?才?能?|如何才?能?|怎样才?能?|哪些?个?|那么?|在哪里?可以|能不能|可以)+");
  private static final Pattern CHINESE_ENDING =
      Pattern.compile(
          "(?:(?:又|还|都|到底|究竟|应该|可以|需要|能|会|要)*(?:是(?:谁|什么|多少|哪|怎么|如何|不是|否)|有(?:什么|哪|多少|几|何|没有)|怎么|如何|怎样|为什么|什么时候|在哪|叫什么|多[少大长久]|讲了?什么|写了?什么|说了?什么|的?是).*"
              + "|吗|呢|吧)$");
  private static final Pattern PERSON = Pattern.compile("的(?:作者|诗人|词人|开发者|发明者|创始人|译者|编者)$");

  private static final int LONGEST = 60;
  private static final Set<String> JOINING = Set.of("and", "or");

  static boolean holdsName(String text) {
    return MARKED.matcher(text).find();
  }

  static boolean holdsLatin(String text) {
    return LATIN.matcher(text).find();
  }

  static Topic of(String turn) {
    String line = turn.strip();
    return Language.of(line) == Language.CHINESE ? chinese(line) : english(line);
  }

  boolean isEmpty() {
    return text.isEmpty();
  }

  boolean isNamed() {
    return !names.isEmpty();
  }

  /** Returns the same for what is no person: of "the author of a poem" the poem. */
  String thing() {
    return PERSON.matcher(text).replaceAll("");
  }

  private static Topic chinese(String question) {
    List<String> names = new ArrayList<>();
    Matcher named = NAME.matcher(question);
    while (named.find() && names.size() < 4) {
      names.add(named.group());
    }
    String text = question.split("[，,；;。？?！!：:\\n]", 2)[0].strip();
    text = CHINESE_OPENING.matcher(text).replaceAll("").strip();
    text = CHINESE_ENDING.matcher(text).replaceAll("").strip();
    if (text.isEmpty() && !names.isEmpty()) {
      text = names.getFirst();
    }
    return new Topic(text.length() > LONGEST ? text.substring(0, LONGEST) : text, names);
  }

  private static Topic english(String turn) {
    EnglishWords question = EnglishWords.of(turn);
    List<Word> words = question.words();
    List<String> names = names(question);
    String best = "";
    boolean bestNamed = false;
    for (int i = 0; i < words.size(); i++) {
      if (!begins(words, i)) {
        continue;
      }
      int last = i;
      for (int j = i + 1; j < words.size() && continues(words, j); j++) {
        if (words.get(j).content()) {
          last = j;
        }
      }
      last -= verbOf(words, i, last);
      boolean named = words.subList(i, last + 1).stream().anyMatch(Word::name);
      if (best.isEmpty() || named && !bestNamed) {
        best = question.between(i, last);
        bestNamed = named;
      }
      i = last;
    }
    return new Topic(best.length() > LONGEST * 2 ? "" : best, names);
  }

  /** Returns how many words at the end are the verb of "does X work", or of what "X returns". */
  private static int verbOf(List<Word> words, int first, int last) {
    if (last == first || words.get(last).name()) {
      return 0;
    }
    int before = first - 1;
    while (before > 0 && Lexicon.DETERMINERS.contains(words.get(before).lower())) {
      before--;
    }
    if (words.get(first).name() && first > 0 && Set.of("is", "are", "was", "were").contains(words.get(first - 1).lower())) {
      return 1; // "Why is X slow"
    }
    boolean asked = before >= 0 && Set.of("do", "does", "did").contains(words.get(before).lower());
    return asked || Set.of("works", "means", "returns", "happens", "throws").contains(words.get(last).lower()) ? 1 : 0;
  }

  /** Whether a noun phrase begins here: not with a verb after "I" or "to", nor with the noun of "which class". */
  private static boolean begins(List<Word> words, int at) {
    Word word = words.get(at);
    if (word.name()) {
      return true;
    }
    if (!word.content() || at == 0) {
      return false;
    }
    String before = words.get(at - 1).lower();
    return !Lexicon.PERSONS.contains(before) && !Lexicon.ASKING.contains(before) && !before.equals("to") && !before.equals("not")
        && !(Lexicon.ASKING.contains(words.get(0).lower()) && verbAfterWhich(words, at));
  }

  /** "Which class writes an index": neither "class" nor "writes" is spoken of. */
  private static boolean verbAfterWhich(List<Word> words, int at) {
    return at == 2 && words.get(1).content() && (words.get(0).lower().equals("which") || words.get(0).lower().equals("what"));
  }

  private static boolean continues(List<Word> words, int at) {
    Word word = words.get(at);
    if (word.paused()) {
      return false;
    }
    if (word.content()) {
      return true;
    }
    if (word.lower().equals("by") && at + 1 < words.size() && words.get(at + 1).lower().equals("default")) {
      return false;
    }
    boolean more = at + 1 < words.size() && (words.get(at + 1).content() || Lexicon.DETERMINERS.contains(words.get(at + 1).lower()));
    return more
        && (Lexicon.DETERMINERS.contains(word.lower())
            || Lexicon.PREPOSITIONS.contains(word.lower())
            || JOINING.contains(word.lower()) && words.get(at + 1).content());
  }

  private static List<String> names(EnglishWords question) {
    List<String> names = new ArrayList<>();
    List<Word> words = question.words();
    for (int i = 0; i < words.size() && names.size() < 4; i++) {
      if (words.get(i).name()) {
        int last = i;
        while (last + 1 < words.size() && words.get(last + 1).name() && !words.get(last + 1).paused()) {
          last++;
        }
        names.add(question.between(i, last));
        i = last;
      }
    }
    return names;
  }
}
