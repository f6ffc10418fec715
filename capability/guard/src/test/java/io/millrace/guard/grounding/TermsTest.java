// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class TermsTest {

  private static List<String> forms(String text) {
    return Terms.of(text).stream().map(term -> term.kind() + " " + term.form()).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "500MB|500", "1,000 rows|1000", "the 3rd try|3", "twelve turns|12", "3.5|3.5", "二十三秒|23", "一百零五米|105", "二〇一八年|2018", "三万人|30000",
        "十秒|10", "两次|2",
      })
  void readsNumbersHoweverTheyAreWritten(String text, String value) {
    assertThat(forms(text)).contains("NUMBER " + value);
  }

  @Test
  void capitalsMakeNamesExceptWhereASentenceBegins() {
    assertThat(forms("Returns what Delhi sent. Closing it")).contains("WORD return", "NAME delhi", "WORD clos");
    assertThat(forms("Todd Phillips directed")).contains("NAME todd");
    assertThat(forms("it calls addDocument")).contains("NAME adddocument");
  }

  @Test
  void grammarIsNoTerm() {
    assertThat(forms("It is not what they are; it doesn't")).isEmpty();
    assertThat(forms("水车的闸门")).containsExactly("PAIR 水车", "PAIR 闸门");
  }

  @Test
  void placesAreThoseOfTheText() {
    String text = "𠮷野家 opened 12 shops，三年后";
    assertThat(Terms.of(text)).isNotEmpty().allSatisfy(term -> assertThat(text.substring(term.start(), term.end())).isNotBlank());
    assertThat(Terms.of(text)).anySatisfy(term -> assertThat(term.form()).isEqualTo("𠮷野"));
  }
}
