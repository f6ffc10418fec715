// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.data;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A text, or two of which the second is seen in the light of the first, and the class that it belongs to.
 *
 * @param second null for a single text
 * @param label the class's name
 */
public record LabelledText(String text, @Nullable String second, String label) {
  /** Checks that there is a text and a label. */
  public LabelledText {
    if (text.isBlank() || label.isBlank()) {
      throw new IllegalArgumentException("text '" + text + "', label '" + label + "': neither may be blank");
    }
  }

  /**
   * Reads {@code {"text": …, "label": …}} or {@code {"sentence1": …, "sentence2": …, "label": …}}; a label is a text, a
   * whole number or a truth value.
   *
   * @throws IllegalArgumentException naming file, line and what was expected, when a record has another shape
   */
  public static Dataset<LabelledText> read(Path file) throws IOException {
    Dataset.Builder<LabelledText> texts = new Dataset.Builder<>();
    JsonRecords.read(file, record -> {
      boolean pair = record.hasAll("sentence1", "sentence2");
      if (!record.has("label") || !(pair || record.has("text"))) {
        throw record.unknownShape("text and label, or sentence1, sentence2 and label");
      }
      String text = record.text(pair ? "sentence1" : "text");
      if (text.isBlank()) {
        texts.skip("with an empty text");
      } else {
        texts.add(new LabelledText(text, pair ? record.text("sentence2") : null, label(record)));
      }
    });
    return texts.build(file);
  }

  private static String label(JsonRecord record) {
    JsonNode label = record.json().path("label");
    if (!(label.isString() || label.isIntegralNumber() || label.isBoolean()) || label.asString().isBlank()) {
      throw record.place().refusal("'label' must be a text or a whole number, found " + JsonRecord.brief(label));
    }
    return label.asString();
  }
}
