// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.poetry;

import io.millrace.core.document.Verse;
import io.millrace.core.document.VerseForm;
import io.millrace.core.json.Json;
import io.millrace.corpus.PackageArchive;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A poem of the Tang or Song, in the script of its source (mostly traditional characters).
 *
 * @param id given by the source
 * @param form what it is outwardly, which the decoder is told with its first token
 * @param text lines with their punctuation, one after the other
 */
record Poem(String id, VerseForm form, String text) {
  private record Entry(String id, List<String> paragraphs) {}

  /** All poems of one of the four forms in the package {@code chinese-poetry}, in its order. */
  static List<Poem> readAll(Path archive) throws IOException {
    List<Poem> poems = new ArrayList<>();
    new PackageArchive(archive).read(name -> name.matches("dist/quantangshi/poet\\.(tang|song)\\.[0-9]+\\.json"), (name, content) -> {
      for (Entry entry : Json.read(content, Entry[].class)) {
        String text = String.join("", entry.paragraphs());
        VerseForm form = VerseForm.of(Verse.of(text));
        if (form != null) {
          poems.add(new Poem(entry.id(), form, text));
        }
      }
    });
    if (poems.isEmpty()) {
      throw new IOException("the package has no poems under dist/quantangshi: is it another version?");
    }
    return poems;
  }

  Verse verse() {
    return Verse.of(text);
  }

  /** One poem in twenty is kept away from training, by its identity. */
  boolean heldOut() {
    return Math.floorMod(id.hashCode(), 20) == 0;
  }
}
