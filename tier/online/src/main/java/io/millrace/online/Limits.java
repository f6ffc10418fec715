// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import org.jspecify.annotations.Nullable;

/**
 * How much one request may ask for; a request beyond a limit is refused with a message that names it.
 *
 * @param bodyBytes most bytes of a request body
 * @param questionCharacters most characters of the last user message, and of a search query
 * @param messages most messages of a dialogue
 * @param maxTokens most tokens that an answer may have
 * @param concurrentAnswers most answers in the making at once; further requests are told to come back
 * @param jsonDepth deepest nesting of a JSON body
 * @param batch most events or texts in one request
 */
public record Limits(
    @Nullable Integer bodyBytes,
    @Nullable Integer questionCharacters,
    @Nullable Integer messages,
    @Nullable Integer maxTokens,
    @Nullable Integer concurrentAnswers,
    @Nullable Integer jsonDepth,
    @Nullable Integer batch) {

  /** The limits of a file that names none. */
  public static final Limits DEFAULTS = new Limits(null, null, null, null, null, null, null);

  public Limits {
    bodyBytes = positive("bodyBytes", bodyBytes, 1 << 20);
    questionCharacters = positive("questionCharacters", questionCharacters, 8_000);
    messages = positive("messages", messages, 200);
    maxTokens = positive("maxTokens", maxTokens, 1_024);
    concurrentAnswers = positive("concurrentAnswers", concurrentAnswers, 64);
    jsonDepth = positive("jsonDepth", jsonDepth, 64);
    batch = positive("batch", batch, 256);
  }

  private static Integer positive(String key, @Nullable Integer value, int otherwise) {
    int chosen = value == null ? otherwise : value;
    if (chosen < 1) {
      throw new IllegalArgumentException("limit " + key + " " + chosen + " is not positive");
    }
    return chosen;
  }
}
