// SPDX-License-Identifier: Apache-2.0
package io.millrace.agent;

import java.util.regex.Pattern;

/**
 * Keeps what others wrote from being taken for structure: marks of turns, role names at the start of a line, forged
 * passage numbers and the marks of our own fences lose their form, their words stay.
 */
final class Fence {

  private static final Pattern TURN_MARK = Pattern.compile("<(?=\\|)|(?<=\\|)>");
  private static final Pattern INSTRUCTION_MARK = Pattern.compile("\\[(/?(?:INST|SYSTEM))\\]|<<(/?SYS)>>", Pattern.CASE_INSENSITIVE);
  private static final Pattern OWN_MARK = Pattern.compile("<(?=/?(?:passage|question)\\b)", Pattern.CASE_INSENSITIVE);
  private static final Pattern ROLE =
      Pattern.compile("(?m)^([ \\t]*(?:#+[ \\t]*)?(?:system|user|assistant|developer|human|ai|系统|用户|助手|Q|A))[ \\t]*[:：]", Pattern.CASE_INSENSITIVE);
  private static final Pattern NUMBER = Pattern.compile("(?m)^([ \\t]*)\\[(\\d{1,3})\\]");

  private Fence() {}

  /** Returns the text without structure of its own. */
  static String around(String text) {
    String out = TURN_MARK.matcher(text).replaceAll("");
    out = INSTRUCTION_MARK.matcher(out).replaceAll("$1$2");
    out = OWN_MARK.matcher(out).replaceAll("");
    out = ROLE.matcher(out).replaceAll("$1 -");
    return NUMBER.matcher(out).replaceAll("$1($2)").strip();
  }
}
