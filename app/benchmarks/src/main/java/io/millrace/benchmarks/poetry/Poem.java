// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.poetry;

import io.millrace.core.json.Json;
import io.millrace.evaluate.verse.Verse;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A poem of the Tang or Song, in the script of its source (mostly traditional characters).
 *
 * @param id given by the source
 * @param form what it is outwardly
 * @param text lines with their punctuation, one after the other
 */
record Poem(String id, Form form, String text) {
  /** Forms that the decoder is told with its first token. */
  enum Form {
    /** 五絕: four lines of five. */
    QUATRAIN_OF_FIVE,
    /** 七絕: four lines of seven. */
    QUATRAIN_OF_SEVEN,
    /** 五律: eight lines of five. */
    REGULATED_OF_FIVE,
    /** 七律: eight lines of seven. */
    REGULATED_OF_SEVEN;

    /** The form of a verse, or null for another one. */
    static @Nullable Form of(Verse verse) {
      boolean five = verse.meter() == 5;
      if (verse.quatrain()) {
        return five ? QUATRAIN_OF_FIVE : QUATRAIN_OF_SEVEN;
      }
      return verse.regulated() ? (five ? REGULATED_OF_FIVE : REGULATED_OF_SEVEN) : null;
    }

    boolean quatrain() {
      return this == QUATRAIN_OF_FIVE || this == QUATRAIN_OF_SEVEN;
    }
  }

  private record Entry(String id, List<String> paragraphs) {}

  /** All poems of one of the four forms in the package {@code chinese-poetry}, in its order. */
  static List<Poem> readAll(NpmPackage source) throws IOException {
    List<Poem> poems = new ArrayList<>();
    source.read(name -> name.matches("package/dist/quantangshi/poet\\.(tang|song)\\.[0-9]+\\.json"), (name, content) -> {
      for (Entry entry : Json.read(content, Entry[].class)) {
        String text = String.join("", entry.paragraphs());
        Form form = Form.of(Verse.of(text));
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
