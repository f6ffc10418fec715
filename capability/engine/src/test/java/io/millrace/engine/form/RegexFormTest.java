// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.core.generation.OutputFormat.JsonSchema;
import io.millrace.core.generation.OutputFormat.Regex;
import io.millrace.core.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class RegexFormTest {
  private static final String[] ATOMS = {"a", "b", "c", "é", ".", "[ab]", "[^a]", "[a-c]", "\\d", "\\w", "\\W", "\\s",
      "\\.", "1", "\ud83d\ude00",
      "[^\\d\"]", "\\x61", "\\u00e9", "[\\w-]", "\"", "\\\\", "\\p{L}", "\\P{L}", "[\\p{Lu}1]"};
  private static final String[] LETTERS = {"a", "b", "c", "1", "-", ".", " ", "é", "\ud83d\ude00", "\"", "\\", "A",
      "_", "中", "\t"};

  private final Vocabulary bytes = Vocabularies.bytes();
  private final Forms forms = new Forms(bytes);

  private static String expression(Random random, int depth) {
    return switch (depth == 0 ? 0 : random.nextInt(8)) {
      case 1, 2 -> expression(random, depth - 1) + expression(random, depth - 1);
      case 3 -> "(?:" + expression(random, depth - 1) + "|" + expression(random, depth - 1) + ")";
      case 4 -> "(" + expression(random, depth - 1) + ")" + quantifier(random);
      case 5 -> "(?<n" + Math.abs(random.nextInt()) + ">" + expression(random, depth - 1) + ")";
      case 6 -> "(?:" + expression(random, depth - 1) + "|)" ;
      default -> {
        String atom = ATOMS[random.nextInt(ATOMS.length)];
        yield random.nextBoolean() ? atom : atom + quantifier(random);
      }
    };
  }

  private static String quantifier(Random random) {
    String[] all = {"*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "+?", "??", "{0,2}?"};
    return all[random.nextInt(all.length)];
  }

  private static String text(Random random, int most) {
    StringBuilder text = new StringBuilder();
    for (int n = random.nextInt(most + 1); n > 0; n--) {
      text.append(LETTERS[random.nextInt(LETTERS.length)]);
    }
    return text.toString();
  }

  @Test
  void readsWhatTheJdkMatchesAndNothingElse() {
    Random random = new Random(7);
    int matched = 0;
    for (int i = 0; i < 250; i++) {
      String expression = expression(random, 3);
      Pattern judge = Pattern.compile(expression);
      OutputForm form = forms.of(new Regex(expression));
      for (int n = 0; n < 40; n++) {
        String text = text(random, 6);
        boolean match = judge.matcher(text).matches();
        assertThat(Reading.reads(form, text)).as("%s on '%s'", expression, text).isEqualTo(match);
        matched += match ? 1 : 0;
      }
    }
    assertThat(matched).isGreaterThan(500);
  }

  @Test
  void writesWhatTheJdkMatches() {
    Random random = new Random(8);
    Vocabulary across = Vocabularies.acrossStructure();
    Forms others = new Forms(across);
    for (int i = 0; i < 150; i++) {
      String expression = expression(random, 4);
      Pattern judge = Pattern.compile(expression);
      OutputForm form = others.of(new Regex(expression));
      String text = new RandomModel(across, i).write(form, form.shortest() + i % 40);
      assertThat(judge.matcher(text).matches()).as("%s on '%s'", expression, text).isTrue();
    }
  }

  @Test
  void patternsOfSchemasMatchAnyPartUnlessTheyAreAnchored() {
    Random random = new Random(9);
    String[] anchored = {"%s", "^%s", "%s$", "^(?:%s)$", "^%s$|b", "(?:^|a)%s", "(^%s$)|(^1$)"};
    for (int i = 0; i < 120; i++) {
      String expression = anchored[i % anchored.length].formatted(expression(random, 2));
      Pattern judge = Pattern.compile(expression);
      OutputForm form = forms.of(new JsonSchema(Json.read(
          Json.write(Map.of("type", "string", "pattern", expression)), JsonNode.class)));
      for (int n = 0; n < 30; n++) {
        String text = text(random, 4);
        assertThat(Reading.reads(form, Json.write(text))).as("%s on '%s'", expression, text)
            .isEqualTo(judge.matcher(text).find());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', value = {
      "[a-z]{3,900}~abc~ab", "(?:ab){300}c~~ab", "[^,]{0,400},x~é中,x~éx", "(?:\\w+ ){2,300}end~the the end~the end",
      "(?:[a-z]+;|[0-9]+:){200,}~~a;", "x{0,1000}y~xxy~xx"})
  void largeRepetitionsAreCounted(String expression, String read, String refused) {
    OutputForm form = forms.of(new Regex(expression));
    if (read != null) {
      assertThat(Reading.reads(form, read)).isTrue();
    }
    assertThat(Reading.reads(form, refused)).isFalse();
    String text = new RandomModel(bytes, 1).write(form, form.shortest() + 300);
    assertThat(Pattern.matches(expression, text)).as(text).isTrue();
  }

  @Test
  void countsExactly() {
    OutputForm form = forms.of(new Regex("(?:ab?c){200,300}!"));
    assertThat(Reading.reads(form, "ac".repeat(199) + "!")).isFalse();
    assertThat(Reading.reads(form, "abc".repeat(200) + "!")).isTrue();
    assertThat(Reading.reads(form, "ac".repeat(300) + "!")).isTrue();
    assertThat(Reading.reads(form, "ac".repeat(301) + "!")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"(?=a)", "(?<!a)b", "(a)\\1", "a\\b", "(?i)a", "a++", "[a", "(a", "a)", "*a", "[b-a]",
      "a{3,2}", "\\p{Nonsense}", "[]",
      "[a&&b]", "\\ud800", "\\q", "a{9999999}", "\\", "[a\\", "\\u12"})
  void refusesWhatIsNotRegularAndSaysWhere(String expression) {
    assertThatIllegalArgumentException().isThrownBy(() -> forms.of(new Regex(expression)))
        .withMessageContaining("the regular expression '" + expression + "' cannot be used, at character");
  }

  @ParameterizedTest
  @ValueSource(strings = {"(a|b)*a(a|b){24}", "((a{0,300}){0,300}){0,300}",
      "(((((((.?){20}){20}){20}){20}){20}){20}){20}",
      "(?:[a-z]+,?){0,600}!", "(.*a){12}.{9}b.{9}c"})
  void whatWouldTakeTooLongIsRefused(String expression) {
    assertThatIllegalArgumentException().isThrownBy(() -> forms.of(new Regex(expression)))
        .withMessageMatching("(?s).*(too large|too much work|more than|may be empty).*");
  }

  @Test
  void deepNestingIsRefusedAndDoesNotExhaustTheStack() {
    assertThatIllegalArgumentException().isThrownBy(() -> forms.of(new Regex("(".repeat(5_000) + ")".repeat(5_000))))
        .withMessageContaining("too deep");
  }

  @Test
  void anExpressionThatMatchesNothingIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> forms.of(new Regex("a^b")))
        .withMessageContaining("no text has the required form");
  }
}
