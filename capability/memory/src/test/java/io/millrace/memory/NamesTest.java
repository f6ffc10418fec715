// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class NamesTest {

  @ParameterizedTest
  @CsvSource({
    "What does Consumer.poll return?, What Consumer consumer poll",
    "what does consumer#poll return, consumer poll",
    "how do I close a KafkaProducer, kafkaproducer",
    "what is org.apache.kafka.clients.producer.KafkaProducer, producer kafkaproducer",
    "what does poll() do, poll",
    "what does the poll method do, poll",
    "what does the method poll do, poll",
    "Opt 的 orElse 方法里，参数 other 有什么用？, opt orelse other",
    "StrUtil.isBlank 是做什么的？, strutil isblank",
    "how are the results sorted, ''",
  })
  void findsWhatAQuestionNames(String question, String names) {
    List<String> expected = names.isEmpty() ? List.of() : List.of(names.split(" "));
    assertThat(Names.of(question)).isSubsetOf(expected.isEmpty() ? List.of("") : expected);
    assertThat(Names.of(question)).containsAll(expected.stream().filter(n -> n.equals(n.toLowerCase())).toList());
  }

  @Test
  void aPassageIsCalledAfterItsDocumentAndItsSection() {
    assertThat(Names.ofDocument(passage("Map.Entry", "getKey"))).containsExactlyInAnyOrder("Entry", "entry");
    assertThat(Names.ofSection(passage("Map.Entry", "getKey"))).containsExactlyInAnyOrder("getKey", "getkey");
  }

  @Test
  void aConstructorOrHeadingInWordsIsNoNameOfItsOwn() {
    assertThat(Names.ofSection(passage("Opt", "Opt"))).isEmpty();
    assertThat(Names.ofSection(passage("Guide", "How to begin"))).isEmpty();
    assertThat(Names.ofDocument(passage("User guide", ""))).isEmpty();
  }

  private static Passage passage(String title, String heading) {
    return new Passage("d#0", "d", 0, "", List.of("library", title), heading, "text", Language.ENGLISH, null, Set.of());
  }
}
