// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import io.millrace.core.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
