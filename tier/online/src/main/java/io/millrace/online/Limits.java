// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

/**
 * How much one request may ask for; a request beyond a limit is refused with a message that names it. A limit of 0 is
 * the default one.
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
    int bodyBytes,
    int questionCharacters,
    int messages,
    int maxTokens,
    int concurrentAnswers,
    int jsonDepth,
    int batch) {

  /** The limits of a file that names none. */
  public static final Limits DEFAULTS = new Limits(0, 0, 0, 0, 0, 0, 0);

  public Limits {
    bodyBytes = positive("bodyBytes", bodyBytes, 1 << 20);
    questionCharacters = positive("questionCharacters", questionCharacters, 8_000);
    messages = positive("messages", messages, 200);
    maxTokens = positive("maxTokens", maxTokens, 1_024);
    concurrentAnswers = positive("concurrentAnswers", concurrentAnswers, 64);
    jsonDepth = positive("jsonDepth", jsonDepth, 64);
    batch = positive("batch", batch, 256);
  }

  private static int positive(String key, int value, int otherwise) {
    int chosen = value == 0 ? otherwise : value;
    if (chosen < 1) {
      throw new IllegalArgumentException("limit " + key + " " + chosen + " is not positive");
    }
    return chosen;
  }
}
