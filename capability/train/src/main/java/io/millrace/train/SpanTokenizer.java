// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import io.millrace.model.tokenizer.TokenizerLibrary;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Lays question and passage out as the encoder reads them: [CLS] question [SEP] part of the passage [SEP].
 *
 * <p>Keeps where in the passage each token came from, in Java's characters. A passage longer than the encoder reads is
 * cut into windows that overlap by half.
 */
final class SpanTokenizer implements AutoCloseable {
  /** Longer questions are cut; what they ask for is said by then. */
  private static final int MOST_QUESTION_TOKENS = 64;

  static {
    TokenizerLibrary.prepare();
  }

  private final HuggingFaceTokenizer tokenizer;
  private final int maxLength;
  private final int cls;
  private final int sep;

  /**
   * A window on a passage.
   *
   * @param tokens the whole sequence
   * @param first index in {@code tokens} of the first passage token, which is also the length of the first segment
   * @param starts first character of each passage token
   * @param ends one past the last character of each
   */
  record Window(int[] tokens, int first, int[] starts, int[] ends) {}

  private record Text(int[] ids, int[] starts, int[] ends) {}

  /** A tokenizer; {@code json} is the text of {@code tokenizer.json}, {@code maxLength} the longest sequence. */
  SpanTokenizer(byte[] json, int maxLength) throws IOException {
    tokenizer = HuggingFaceTokenizer.newInstance(
        new ByteArrayInputStream(json), Map.of("padding", "false", "truncation", "false"));
    this.maxLength = maxLength;
    long[] empty = tokenizer.encode("", true, false).getIds();
    cls = (int) empty[0];
    sep = (int) empty[empty.length - 1];
  }

  /** All windows on the passage, in order; at least one. */
  List<Window> windows(String question, String passage) {
    int[] asked = tokenize(question).ids;
    asked = Arrays.copyOf(asked, Math.min(asked.length, MOST_QUESTION_TOKENS));
    Text text = tokenize(passage);
    int room = maxLength - asked.length - 3;
    List<Window> windows = new ArrayList<>();
    int from = 0;
    do {
      int to = Math.min(text.ids.length, from + room);
      windows.add(window(asked, text, from, to));
      from = to == text.ids.length ? to : from + Math.max(1, room / 2);
    } while (from < text.ids.length);
    return windows;
  }

  private Window window(int[] question, Text text, int from, int to) {
    int[] tokens = new int[question.length + to - from + 3];
    tokens[0] = cls;
    System.arraycopy(question, 0, tokens, 1, question.length);
    tokens[question.length + 1] = sep;
    System.arraycopy(text.ids, from, tokens, question.length + 2, to - from);
    tokens[tokens.length - 1] = sep;
    return new Window(tokens, question.length + 2,
        Arrays.copyOfRange(text.starts, from, to), Arrays.copyOfRange(text.ends, from, to));
  }

  private Text tokenize(String text) {
    Encoding encoding = tokenizer.encode(lowerCase(text), false, false);
    long[] ids = encoding.getIds();
    CharSpan[] spans = encoding.getCharTokenSpans();
    int[] tokens = new int[ids.length];
    int[] starts = new int[ids.length];
    int[] ends = new int[ids.length];
    int[] places = places(text);
    for (int i = 0; i < ids.length; i++) {
      tokens[i] = (int) ids[i];
      starts[i] = places[spans[i].getStart()];
      ends[i] = places[spans[i].getEnd()];
    }
    return new Text(tokens, starts, ends);
  }

  /**
   * The Chinese vocabulary has no capitals, but its tokenizer leaves them, so that every Java name would be unknown;
   * character by character, so that places stay what they are.
   */
  private static String lowerCase(String text) {
    char[] characters = text.toCharArray();
    for (int i = 0; i < characters.length; i++) {
      characters[i] = Character.toLowerCase(characters[i]);
    }
    return new String(characters);
  }

  /** From the number of a code point, by which the tokenizer counts, to its place among Java's characters. */
  private static int[] places(String text) {
    int[] places = new int[text.codePointCount(0, text.length()) + 1];
    int at = 0;
    for (int i = 0; i < places.length; i++) {
      places[i] = at;
      at += at < text.length() ? Character.charCount(text.codePointAt(at)) : 0;
    }
    return places;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
