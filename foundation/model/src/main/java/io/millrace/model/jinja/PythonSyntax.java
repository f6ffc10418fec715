// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.jinja;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rewrites what the library's parser reads otherwise than Jinja's does, between the marks of tags and expressions only. */
final class PythonSyntax {
  /** Names of lists with the item before, and after, each item of the innermost loop. */
  static final String PREVIOUS = "loop_previous_items";
  static final String NEXT = "loop_next_items";

  private static final Pattern CODE = Pattern.compile("\\{%.*?%}|\\{\\{.*?}}", Pattern.DOTALL);
  /** A variable with what is taken out of it. */
  private static final String VARIABLE = "([a-zA-Z_]\\w*(?:\\.\\w+|\\[[^\\[\\]]*])*)";
  private static final Pattern REVERSED = Pattern.compile("\\[\\s*::\\s*-1\\s*]");
  /** {@code not x is defined}: Jinja denies the test, the library would test the denial. */
  private static final Pattern DENIED_TEST = Pattern.compile("\\bnot\\s+" + VARIABLE + "\\s+is\\s+(?!not\\b)");
  private static final Pattern DENIED_MEMBERSHIP = Pattern.compile("\\bnot\\s+" + VARIABLE + "\\s+in\\s+");
  private static final Pattern DENIED_EQUALITY = Pattern.compile("\\bnot\\s+" + VARIABLE + "\\s*==");

  /** {@code [from:to]} and {@code namespace(a=1, b=x - 1)}: the library reads only the first operand of each. */
  private static final Pattern SLICE = Pattern.compile("\\[([^\\[\\]:,'\"]*):([^\\[\\]:,'\"]*)]");
  private static final Pattern NAMESPACE = Pattern.compile("\\bnamespace\\(([^()'\"\\[]*)\\)");
  private static final Pattern NAMED = Pattern.compile("(\\w+)\\s*=\\s*([^,]+)");

  private PythonSyntax() {}

  static String forLibrary(String template) {
    // Jinja drops a line break at the end of the source, the library one at the end of the result.
    String source = template.endsWith("\n") ? template.substring(0, template.length() - 1) : template;
    return CODE.matcher(source).replaceAll(code -> Matcher.quoteReplacement(rewritten(code.group())));
  }

  /** The same length and line breaks, with blanks in place of all that is not code, contents of texts included. */
  static String codeWithoutTexts(String template) {
    StringBuilder code = new StringBuilder(template.replaceAll("[^\\n]", " "));
    Matcher matcher = CODE.matcher(template);
    while (matcher.find()) {
      char quote = 0;
      for (int i = matcher.start(); i < matcher.end(); i++) {
        char c = template.charAt(i);
        boolean mark = quote == 0 ? c == '\'' || c == '"' : c == quote && template.charAt(i - 1) != '\\';
        if (quote == 0 || mark) {
          code.setCharAt(i, c);
        }
        if (mark) {
          quote = quote == 0 ? c : 0;
        }
      }
    }
    return code.toString();
  }

  private static String rewritten(String code) {
    // See FilteredForTag for the two lists.
    String text = code.replace("loop.previtem", PREVIOUS + "[loop.index0]").replace("loop.nextitem", NEXT + "[loop.index0]");
    text = REVERSED.matcher(text).replaceAll(" | reverse | list");
    text = DENIED_TEST.matcher(text).replaceAll("$1 is not ");
    text = DENIED_MEMBERSHIP.matcher(text).replaceAll("$1 not in ");
    text = DENIED_EQUALITY.matcher(text).replaceAll("$1 !=");
    text = SLICE.matcher(text).replaceAll(slice -> "[" + enclosed(slice.group(1)) + ":" + enclosed(slice.group(2)) + "]");
    return NAMESPACE.matcher(text).replaceAll(
        call -> Matcher.quoteReplacement("namespace(" + NAMED.matcher(call.group(1)).replaceAll("$1=($2)") + ")"));
  }

  private static String enclosed(String expression) {
    return expression.matches("\\s*(-?\\w*)\\s*") ? expression : "(" + Matcher.quoteReplacement(expression.replaceAll("([+-])", " $1 ")) + ")";
  }
}
