// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.core.generation.OutputFormat.Grammar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

class GrammarFormTest {
  private static final String ARITHMETIC = """
      # sums of products
      root  ::= expr
      expr  ::= term (("+" | "-") term)*
      term  ::= factor ("*" # goes on in brackets
                factor)*
      factor ::= number | "(" expr ")" |
        "-" factor
      number ::= [0-9]{1,3} ("." [0-9]+)?
      """;

  private final Vocabulary bytes = Vocabularies.bytes();
  private final Forms forms = new Forms(bytes);

  /** A grammar's rule bodies, as the textbook has them. */
  private sealed interface Part {
    record Letter(char letter) implements Part {}

    record Items(List<Part> items) implements Part {}

    record Either(Part one, Part other) implements Part {}

    record Many(Part body) implements Part {}

    record Rule(int number) implements Part {}

    default String text() {
      return switch (this) {
        case Letter letter -> "\"" + letter.letter + "\"";
        case Items items -> String.join(" ", items.items.stream().map(Part::text).toList());
        case Either either -> "(" + either.one.text() + " | " + either.other.text() + ")";
        case Many many -> "(" + many.body.text() + ")*";
        case Rule rule -> rule.number == 0 ? "root" : "r" + rule.number;
      };
    }
  }

  /** Where a part may end that begins at a place: top-down, with a table, as in any textbook. */
  private record Textbook(List<Part> rules, String text, Map<String, Set<Integer>> table) {
    static boolean reads(List<Part> rules, String text) {
      return new Textbook(rules, text, new TreeMap<>()).ends(new Part.Rule(0), 0).contains(text.length());
    }

    Set<Integer> ends(Part part, int at) {
      return switch (part) {
        case Part.Letter letter -> at < text.length() && text.charAt(at) == letter.letter ? Set.of(at + 1) : Set.of();
        case Part.Items items -> {
          Set<Integer> places = Set.of(at);
          for (Part item : items.items) {
            Set<Integer> next = new TreeSet<>();
            places.forEach(place -> next.addAll(ends(item, place)));
            places = next;
          }
          yield places;
        }
        case Part.Either either -> {
          Set<Integer> both = new TreeSet<>(ends(either.one, at));
          both.addAll(ends(either.other, at));
          yield both;
        }
        case Part.Many many -> {
          Set<Integer> reached = new TreeSet<>(Set.of(at));
          List<Integer> open = new ArrayList<>(reached);
          while (!open.isEmpty()) {
            ends(many.body, open.removeLast()).stream().filter(reached::add).forEach(open::add);
          }
          yield reached;
        }
        case Part.Rule rule -> {
          String key = rule.number + "@" + at;
          Set<Integer> known = table.get(key);
          if (known == null) {
            known = ends(rules.get(rule.number), at);
            table.put(key, known);
          }
          yield known;
        }
      };
    }
  }

  /** A body that reads a letter before it calls a rule, so that no rule begins with itself. */
  private static Part part(Random random, int depth, int rules, boolean letterRead) {
    return switch (depth == 0 ? 0 : random.nextInt(7)) {
      case 1, 2 -> {
        List<Part> items = new ArrayList<>();
        items.add(letterRead ? part(random, depth - 1, rules, true)
            : new Part.Letter((char) ('a' + random.nextInt(3))));
        for (int n = random.nextInt(3); n >= 0; n--) {
          items.add(part(random, depth - 1, rules, true));
        }
        yield new Part.Items(items);
      }
      case 3 -> new Part.Either(part(random, depth - 1, rules, letterRead), part(random, depth - 1, rules, letterRead));
      case 4 -> new Part.Many(part(random, depth - 1, rules, letterRead));
      case 5, 6 -> letterRead ? new Part.Rule(random.nextInt(rules)) : part(random, depth - 1, rules, false);
      default -> new Part.Letter((char) ('a' + random.nextInt(3)));
    };
  }

  @Test
  void readsWhatATextbookParserReads() {
    List<String> texts = new ArrayList<>(List.of(""));
    for (int i = 0; i < texts.size() && texts.get(i).length() < 4; i++) {
      for (char c = 'a'; c <= 'c'; c++) {
        texts.add(texts.get(i) + c);
      }
    }
    Random random = new Random(3);
    int grammars = 0;
    long read = 0;
    for (int i = 0; i < 120; i++) {
      List<Part> rules = new ArrayList<>();
      for (int r = 0; r < 3; r++) {
        rules.add(part(random, 3, 3, false));
      }
      String grammar = "root ::= " + rules.get(0).text() + "\nr1 ::= " + rules.get(1).text() + "\nr2 ::= "
          + rules.get(2).text();
      OutputForm form;
      try {
        form = forms.of(new Grammar(grammar));
      } catch (IllegalArgumentException e) {
        assertThat(e).as(grammar).hasMessageContaining("no text has the required form"); // rules that never end
        assertThat(texts).noneMatch(text -> Textbook.reads(rules, text));
        continue;
      }
      grammars++;
      for (String text : texts) {
        boolean expected = Textbook.reads(rules, text);
        read += expected ? 1 : 0;
        assertThat(Reading.reads(form, text)).as("%s on '%s'", grammar, text).isEqualTo(expected);
      }
    }
    assertThat(grammars).isGreaterThan(60);
    assertThat(read).isGreaterThan(300);
  }

  @ParameterizedTest
  @CsvSource({"1+2, true", "(1), true", "((1.25-2)*(3)), true", "-(-12*3), true", "1+, false", "(1, false",
      "1234, false", "1), false", "1.+2, false"})
  void readsNestedGrammarsWithCommentsAndBrackets(String text, boolean reads) {
    assertThat(Reading.reads(forms.of(new Grammar(ARITHMETIC)), text)).isEqualTo(reads);
  }

  @Test
  void writesTextsOfTheGrammarHoweverDeepTheyNest() {
    Vocabulary across = Vocabularies.acrossStructure();
    OutputForm form = new Forms(across).of(new Grammar(ARITHMETIC));
    OutputForm judge = forms.of(new Grammar(ARITHMETIC));
    for (int i = 0; i < 60; i++) {
      String text = new RandomModel(across, i).write(form, 1 + i * 5);
      assertThat(Reading.reads(judge, text)).as(text).isTrue();
    }
  }

  @Test
  void charactersAreThoseOfUnicode() {
    OutputForm form = forms.of(new Grammar("root ::= [^a-y\\n]{2} [\\u4e00-\\u9fff]+ \"\\u00e9\\x41\\\"\" [\\]\\-x] [\\U0001F600-\\U0001F64F] ."));
    assertThat(Reading.reads(form, "é\tz中éA\"]\ud83d\ude00\n")).isFalse();
    assertThat(Reading.reads(form, "éz中文éA\"-\ud83d\ude00\n")).isTrue();
    assertThat(Reading.reads(form, "éa中éA\"-\ud83d\ude00\n")).isFalse();
  }

  @Test
  void ambiguousGrammarsAreFollowedWithinBounds() {
    String ambiguous = "root ::= s\ns ::= \"a\" | \"a\" s | \"a\" s s | p | q\np ::= \"a\" s \"x\"\nq ::= \"a\" s \"y\"";
    OutputForm form = forms.of(new Grammar(ambiguous));
    for (int i = 0; i < 5; i++) {
      String text = new RandomModel(bytes, i).write(form, 200);
      assertThat(text).matches("[axy]+");
    }
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        arguments("a ::= \"x\"", "no rule root"),
        arguments("root ::= b", "no rule b"),
        arguments("root ::= root \"a\" | \"b\"", "root begins with itself"),
        arguments("root ::= a\na ::= b\nb ::= \"\"? a \"x\" | \"y\"", "begins with itself"),
        arguments("root ::= \"a", "line 1: it ends too early"),
        arguments("root ::= \"x\"\nroot ::= \"y\"", "line 2: the rule root is there twice"),
        arguments("root := \"x\"", "'::=' is missing"),
        arguments("root ::= [z-a]", "ends before it begins"),
        arguments("root ::= <[7]>", "single tokens are not supported"),
        arguments("root ::= (\"a\"", "')' is missing"),
        arguments("root ::= \"a\"{3,1}", "ends before it begins"),
        arguments("root ::= \"\\q\"", "escape"),
        arguments("root ::= a\na ::= \"x\" a", "no text has the required form"),
        arguments("root ::= \"a\" )", "rule's name is missing"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refusesWhatIsNoGrammarAndSaysWhere(String grammar, String message) {
    assertThatIllegalArgumentException().isThrownBy(() -> forms.of(new Grammar(grammar)))
        .withMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"root ::= (\"a\"? \"b\"?){0,90000}", "root ::= ((([a-z]{0,99000}){0,99000}){0,99000})"})
  void hugeRepetitionsAreRefused(String grammar) {
    assertThatIllegalArgumentException().isThrownBy(() -> forms.of(new Grammar(grammar)));
  }

  @Test
  void rulesThatDoubleEachOtherAreNeitherWrittenOutNorFollowedForEver() {
    StringBuilder grammar = new StringBuilder("root ::= r0\n");
    for (int i = 0; i < 60; i++) {
      grammar.append("r%d ::= r%d r%d\n".formatted(i, i + 1, i + 1));
    }
    grammar.append("r60 ::= \"a\"?");
    OutputForm form = forms.of(new Grammar(grammar.toString()));
    assertThat(new RandomModel(bytes, 1).write(form, 50)).matches("a*");
  }
}
