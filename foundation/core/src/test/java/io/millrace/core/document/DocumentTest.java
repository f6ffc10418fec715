// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import io.millrace.core.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DocumentTest {

  private static final Section SECTION =
      new Section("a", "method", "add", "void add(int n)", "Adds.", List.of(new Section.Detail("parameter", "n", "how many")));

  private static Document document(String id) {
    return new Document(
        id, "api", "page", Language.ENGLISH, "Title", List.of("lib"), null, List.of(SECTION),
        List.of(new Link("lib/B", "B", "see")), Instant.parse("2026-01-02T03:04:05Z"), Map.of("since", "1"), Set.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/etc/passwd", "a/../b", "a//b", "a b", "a<b", "a\u0000b"})
  void refusesIdentitiesThatCouldEscapeTheirPlace(String id) {
    assertThatThrownBy(() -> document(id)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lucene-core/org/apache/lucene/index/IndexWriter", "a$B", "文档-1", "x:1.0"})
  void acceptsIdentitiesOfPagesAndNestedClasses(String id) {
    assertThatCode(() -> document(id)).doesNotThrowAnyException();
  }

  @Test
  void survivesJson() {
    Document document = document("lib/A");
    assertThat(Json.read(Json.bytes(document), Document.class)).isEqualTo(document);
    Document labelled = document.withLabels(Set.of("hr", "board"));
    assertThat(Json.read(Json.bytes(labelled), Document.class)).isEqualTo(labelled);
    assertThat(Json.read(Json.bytes(Passages.of(labelled).getFirst()), Passage.class).labels()).isEqualTo(Set.of("board", "hr"));
  }

  @Test
  void withoutLabelsItIsWrittenAndReadAsBeforeThereWereAny() {
    Document document = document("lib/A");
    assertThat(Json.write(document)).doesNotContain("labels");
    assertThat(Json.write(Passages.of(document).getFirst())).doesNotContain("labels");
    assertThat(Json.read(Json.write(document).replaceFirst("}$", ",\"labels\":null}"), Document.class)).isEqualTo(document);
    assertThat(document.withLabels(null).labels()).isEmpty();
  }

  @Test
  void labelsAreWrittenAlikeInWhateverOrderTheyWereGiven() {
    String one = Json.write(document("a").withLabels(new LinkedHashSet<>(List.of("b", "a", "tenant:x"))));
    String other = Json.write(document("a").withLabels(new LinkedHashSet<>(List.of("tenant:x", "b", "a"))));
    assertThat(one).isEqualTo(other).contains("[\"a\",\"b\",\"tenant:x\"]");
  }

  @Test
  void noOtherNamesAreLabels() {
    Random random = new Random(5);
    for (int i = 0; i < 5_000; i++) {
      String label =
          random.ints(random.nextInt(70), 0, random.nextBoolean() ? 128 : 0x3000)
              .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
      boolean fits = label.length() <= 64 && label.matches("[abcdefghijklmnopqrstuvwxyz0123456789._:/-]+");
      if (fits) {
        assertThat(document("d").withLabels(Set.of(label)).labels()).containsExactly(label);
      } else {
        assertThatThrownBy(() -> document("d").withLabels(Set.of(label)))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'" + label + "'");
      }
    }
    Set<String> many = IntStream.range(0, 33).mapToObj(i -> "l" + i).collect(Collectors.toSet());
    assertThatThrownBy(() -> document("d").withLabels(many)).hasMessageContaining("33 labels").hasMessageContaining("32");
  }

  @Test
  void textHoldsSignatureProseAndDetailsInReadingOrder() {
    assertThat(document("lib/A").text()).isEqualTo("add\nvoid add(int n)\nAdds.\nparameter n: how many");
  }

  @Test
  void keepsItsOwnCopyOfLists() {
    List<String> path = new ArrayList<>(List.of("lib"));
    Document document =
        new Document("d", "api", "page", Language.ENGLISH, "T", path, null, List.of(SECTION), List.of(), Instant.EPOCH, Map.of(), Set.of());
    path.add("changed");
    assertThat(document.path()).containsExactly("lib");
  }
}
