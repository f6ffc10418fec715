// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DocTablesTest {
  @TempDir private Path folder;

  @BeforeEach
  void aResult() throws Exception {
    ResultsFile.write(folder.resolve("a.json"), List.of(Row.against("decode", "tokens/s", 30, "tokens/s", "peer", 20),
        Row.alone("memory", "resident", 1234, "MB")), "millrace bench a");
  }

  @Test
  void whatStandsBetweenTheMarkersIsTheRowsAndTheRestStays() throws Exception {
    Path doc = folder.resolve("a.md");
    Files.writeString(doc, "Before.\n\n<!-- table: a.json -->\nold\n<!-- end of table -->\n\nAfter.\n");
    DocTables tables = new DocTables(folder, folder);
    assertThat(tables.outdated()).containsExactly(doc);
    assertThat(tables.write()).containsExactly(doc);
    assertThat(doc).hasContent("""
        Before.

        <!-- table: a.json -->
        | case | metric | value | beside | ratio |
        | --- | --- | ---: | --- | ---: |
        | decode | tokens/s | 30.00 tokens/s | 20.00 tokens/s, peer | 1.500 |
        | memory | resident | 1,234 MB |  |  |
        <!-- end of table -->

        After.
        """);
    assertThat(tables.outdated()).isEmpty();
    assertThat(tables.write()).isEmpty();
  }

  @Test
  void aTableWithoutAnEndOrWithoutResultsIsRefused() throws Exception {
    Path doc = folder.resolve("a.md");
    Files.writeString(doc, "<!-- table: a.json -->\nthe rest of the page");
    assertThatThrownBy(() -> new DocTables(folder, folder).write()).hasMessageContaining("a.md").hasMessageContaining("end of table");
    Files.writeString(doc, "<!-- table: b.json -->\n<!-- end of table -->\n");
    assertThatThrownBy(() -> new DocTables(folder, folder).write()).hasMessageContaining("b.json");
  }

  @Test
  void theProjectsDocumentsShowItsResults() throws Exception {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(root.resolve("benchmarks/results"))) {
      root = root.getParent();
    }
    assertThat(new DocTables(root.resolve("docs"), root.resolve("benchmarks/results")).outdated())
        .as("run: ./millrace bench tables").isEmpty();
  }
}
