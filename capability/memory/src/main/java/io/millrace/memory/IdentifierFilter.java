// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.analysis.TokenFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Makes {@code addDocument}, {@code IndexWriter.addDocument}, {@code ADD_DOCUMENT} and {@code add document} meet: a
 * token becomes its dotted parts, and each part of mixed case its words followed by the part itself. Must come before
 * lower-casing. The whole part stands at the position of its first word.
 */
final class IdentifierFilter extends TokenFilter {

  private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
  private final PositionIncrementAttribute increment = addAttribute(PositionIncrementAttribute.class);
  private final Deque<Piece> pending = new ArrayDeque<>();

  private record Piece(String text, int increment) {}

  IdentifierFilter(TokenStream input) {
    super(input);
  }

  @Override
  public boolean incrementToken() throws IOException {
    Piece next = pending.poll();
    if (next != null) {
      // Attributes still hold the token that the piece was cut from, offsets included.
      term.setEmpty().append(next.text());
      increment.setPositionIncrement(next.increment());
      return true;
    }
    if (!input.incrementToken()) {
      return false;
    }
    if (isPlainWord()) {
      return true;
    }
    cut(term.toString(), increment.getPositionIncrement());
    Piece first = pending.poll();
    if (first != null) {
      term.setEmpty().append(first.text());
      increment.setPositionIncrement(first.increment());
    }
    return true;
  }

  @Override
  public void reset() throws IOException {
    super.reset();
    pending.clear();
  }

  private boolean isPlainWord() {
    for (int i = 1; i < term.length(); i++) {
      char c = term.charAt(i);
      if (!Character.isLetterOrDigit(c) && c != '\'' && c != '’' || Character.isUpperCase(c)) {
        return false;
      }
    }
    return true;
  }

  private void cut(String token, int firstIncrement) {
    int step = firstIncrement;
    for (String part : token.split("[^\\p{L}\\p{N}'’_]+")) {
      List<String> words = words(part);
      if (words.isEmpty()) {
        continue;
      }
      pending.add(new Piece(words.getFirst(), step));
      step = 1;
      if (words.size() > 1) {
        pending.add(new Piece(part.replace("_", ""), 0));
        words.subList(1, words.size()).forEach(word -> pending.add(new Piece(word, 1)));
      }
    }
  }

  /** Cuts {@code parseXMLFile_v2} into parse, XML, File, v2; a run of capitals without more is one word. */
  static List<String> words(String identifier) {
    List<String> words = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= identifier.length(); i++) {
      if (i == identifier.length() || identifier.charAt(i) == '_') {
        if (i > start) {
          words.add(identifier.substring(start, i));
        }
        start = i + 1;
      } else if (i > start && startsWord(identifier, i)) {
        words.add(identifier.substring(start, i));
        start = i;
      }
    }
    return words;
  }

  private static boolean startsWord(String text, int at) {
    if (!Character.isUpperCase(text.charAt(at))) {
      return false;
    }
    if (!Character.isUpperCase(text.charAt(at - 1))) {
      return true;
    }
    // Within capitals only the last one starts a word, and not for a plural: XMLFile, but URLs.
    boolean lowerFollows = at + 1 < text.length() && Character.isLowerCase(text.charAt(at + 1));
    boolean plural = at + 2 == text.length() && text.charAt(at + 1) == 's';
    return lowerFollows && !plural;
  }
}
