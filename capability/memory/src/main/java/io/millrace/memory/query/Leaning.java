// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

/**
 * How a question leans on what was said before it.
 *
 * @param start where the question itself begins, after "and" or "那"
 * @param at the place of what stands for something else: a word's number in English, a character's in Chinese
 */
record Leaning(Kind kind, int start, int at) {

  enum Kind {
    /** "How do I close it?" */
    PRONOUN,
    /** "What is its default?" */
    POSSESSIVE,
    /** "Why?": the question before, once more. */
    BARE,
    /** "What is the default?": of what was spoken of. */
    ELLIPSIS,
    /** "What about version 2?": the question before, of something else. */
    OTHER_THING
  }
}
