// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LanguageTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Adds a document to this index.|ENGLISH",
        "将文档添加到索引|CHINESE",
        "IndexWriter 的 addDocument 方法有什么作用？|CHINESE",
        "The word 茶 means tea, and this sentence is long enough to be English.|ENGLISH",
        "''|ENGLISH",
        "12345 !!|ENGLISH",
      })
  void guessesFromTheShareOfHanCharacters(String text, Language expected) {
    assertThat(Language.of(text)).isEqualTo(expected);
  }

  @Test
  void readsCodesWithRegionsAndRefusesOthersByValue() {
    assertThat(Language.ofCode("zh-CN")).isEqualTo(Language.CHINESE);
    assertThatThrownBy(() -> Language.ofCode("tlh")).hasMessageContaining("'tlh'").hasMessageContaining("en or zh");
  }
}
