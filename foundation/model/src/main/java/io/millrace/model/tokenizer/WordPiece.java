// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import io.millrace.core.json.Json;
import tools.jackson.databind.JsonNode;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * BERT's tokenizer (Devlin et al. 2019; Wu et al. 2016, section 4.1): words are cut into the longest pieces that the vocabulary has, from the
 * left. In Java, since a re-ranker cuts fifty passages for each question. Reads Hugging Face's {@code tokenizer.json}; text that looks like
 * a special token is cut like any other, so a passage cannot end itself.
 */
public final class WordPiece implements EncoderTokens {

  private static final String UNKNOWN = "[UNK]";
  private static final String WITHIN = "##";
  private static final int LONGEST_WORD = 100;

  private final Map<String, Integer> beginnings = new HashMap<>();
  private final Map<String, Integer> continuations = new HashMap<>();
  private final int longestPiece;
  private final boolean lowerCase;
  private final boolean stripAccents;
  private final boolean spacedHan;
  private final int size;
  private final int unknown;
  private final int cls;
  private final int sep;

  /** Reads {@code tokenizer.json}; {@link #reads} says whether that is possible. */
  WordPiece(JsonNode json) {
    int longest = 0;
    int largest = -1;
    for (Map.Entry<String, JsonNode> entry : json.path("model").path("vocab").properties()) {
      String piece = entry.getKey();
      int id = entry.getValue().asInt();
      if (piece.startsWith(WITHIN) && piece.length() > WITHIN.length()) {
        continuations.put(piece.substring(WITHIN.length()), id);
      }
      beginnings.put(piece, id);
      longest = Math.max(longest, piece.length());
      largest = Math.max(largest, id);
    }
    JsonNode normalizer = json.path("normalizer");
    this.longestPiece = longest;
    this.size = largest + 1;
    this.lowerCase = normalizer.path("lowercase").asBoolean(true) || EncoderTokens.withoutCapitals(json);
    this.stripAccents = normalizer.path("strip_accents").isBoolean() ? normalizer.path("strip_accents").asBoolean() : lowerCase;
    this.spacedHan = normalizer.path("handle_chinese_chars").asBoolean(true);
    this.unknown = special(UNKNOWN);
    this.cls = special("[CLS]");
    this.sep = special("[SEP]");
  }

  private int special(String token) {
    Integer id = beginnings.get(token);
    if (id == null) {
      throw new IllegalArgumentException("tokenizer.json: the vocabulary has no " + token + ", which BERT's tokenizers have");
    }
    return id;
  }

  /**
   * Reads the text of {@code tokenizer.json}.
   *
   * @throws IllegalArgumentException when it is not BERT's
   */
  public static WordPiece of(byte[] json) {
    JsonNode tree = Json.tree(json);
    if (!reads(tree)) {
      throw new IllegalArgumentException(
          "tokenizer.json: model, normalizer and pre_tokenizer must be WordPiece, BertNormalizer and BertPreTokenizer");
    }
    return new WordPiece(tree);
  }

  /** Whether a tokenizer is BERT's. */
  static boolean reads(JsonNode json) {
    return is(json, "model", "WordPiece") && is(json, "normalizer", "BertNormalizer") && is(json, "pre_tokenizer", "BertPreTokenizer");
  }

  private static boolean is(JsonNode json, String part, String type) {
    return json.path(part).path("type").asString("").equals(type);
  }

  @Override
  public int cls() {
    return cls;
  }

  @Override
  public int sep() {
    return sep;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public void close() {}

  @Override
  public int[] ids(String text) {
    String lowered = lowerCase ? lowered(text) : text;
    String plain = stripAccents ? withoutAccents(lowered) : lowered;
    Ids ids = new Ids();
    int begin = -1;
    for (int at = 0, next; at < plain.length(); at = next) {
      int c = plain.codePointAt(at);
      next = at + Character.charCount(c);
      boolean letter = c < 128 ? isAsciiLetter(c) : isLetter(c);
      if (letter) {
        begin = begin < 0 ? at : begin;
        continue;
      }
      if (begin >= 0) {
        word(plain, begin, at, ids);
        begin = -1;
      }
      if (!isSpace(c) && !isDropped(c)) {
        word(plain, at, next, ids);
      } else if (isDropped(c) && next < plain.length()) {
        // What is dropped joins what stands on both sides.
        return ids(withoutDropped(text));
      }
    }
    if (begin >= 0) {
      word(plain, begin, plain.length(), ids);
    }
    return ids.all();
  }

  private void word(String text, int from, int to, Ids ids) {
    int mark = ids.count;
    if (text.codePointCount(from, to) > LONGEST_WORD) {
      ids.add(unknown);
      return;
    }
    for (int at = from, end; at < to; at = end) {
      Map<String, Integer> pieces = at == from ? beginnings : continuations;
      Integer id = null;
      end = Math.min(to, at + longestPiece);
      for (; end > at; end--) {
        id = pieces.get(text.substring(at, end));
        if (id != null) {
          break;
        }
      }
      if (id == null) {
        ids.count = mark;
        ids.add(unknown);
        return;
      }
      ids.add(id);
    }
  }

  /** Whether a character goes on with a word: it is no space, no punctuation, is not dropped, and is no Han character by itself. */
  private boolean isLetter(int c) {
    return !isSpace(c) && !isDropped(c) && !isPunctuation(c) && !(spacedHan && isHan(c));
  }

  private static boolean isAsciiLetter(int c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
  }

  private static boolean isSpace(int c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c > 127 && Character.isSpaceChar(c);
  }

  private static boolean isDropped(int c) {
    if (c == '\t' || c == '\n' || c == '\r') {
      return false;
    }
    return c == 0xFFFD
        || switch (Character.getType(c)) {
          case Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE, Character.SURROGATE, Character.UNASSIGNED -> true;
          default -> false;
        };
  }

  private static String withoutDropped(String text) {
    StringBuilder kept = new StringBuilder(text.length());
    text.codePoints().filter(c -> !isDropped(c)).forEach(kept::appendCodePoint);
    return kept.toString();
  }

  private static boolean isPunctuation(int c) {
    return switch (Character.getType(c)) {
      case Character.CONNECTOR_PUNCTUATION, Character.DASH_PUNCTUATION, Character.START_PUNCTUATION, Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION, Character.OTHER_PUNCTUATION -> true;
      default -> false;
    };
  }

  /** The blocks of CJK ideographs, as BERT's authors list them. */
  private static boolean isHan(int c) {
    return c >= 0x4E00 && c <= 0x9FFF
        || c >= 0x3400 && c <= 0x4DBF
        || c >= 0x20000 && c <= 0x2A6DF
        || c >= 0x2A700 && c <= 0x2B73F
        || c >= 0x2B740 && c <= 0x2B81F
        || c >= 0x2B920 && c <= 0x2CEAF
        || c >= 0xF900 && c <= 0xFAFF
        || c >= 0x2F800 && c <= 0x2FA1F;
  }

  private static String lowered(String text) {
    StringBuilder low = null;
    for (int at = 0, next; at < text.length(); at = next) {
      int c = text.codePointAt(at);
      next = at + Character.charCount(c);
      int small = Character.toLowerCase(c);
      if (low == null && small != c) {
        low = new StringBuilder(text.length()).append(text, 0, at);
      }
      if (low != null) {
        low.appendCodePoint(small);
      }
    }
    return low == null ? text : low.toString();
  }

  private static String withoutAccents(String text) {
    if (text.chars().allMatch(c -> c < 128)) {
      return text;
    }
    String apart = Normalizer.normalize(text, Normalizer.Form.NFD);
    StringBuilder kept = new StringBuilder(apart.length());
    apart.codePoints().filter(c -> Character.getType(c) != Character.NON_SPACING_MARK).forEach(kept::appendCodePoint);
    return kept.toString();
  }

  /** Numbers as they come. */
  private static final class Ids {
    private int[] values = new int[64];
    private int count;

    void add(int id) {
      if (count == values.length) {
        values = Arrays.copyOf(values, 2 * count);
      }
      values[count++] = id;
    }

    int[] all() {
      return Arrays.copyOf(values, count);
    }
  }
}
