// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import io.millrace.core.document.Language;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The reasons of verdicts in the reader's language. Verdicts, and the events that record them, say them in English: a
 * statement, often followed by the words that it is about, and by how these were found, as in
 * {@code asks for malware or a break-in: "…" (found after undoing: base64)}. The words themselves stay as they are.
 */
public final class Reasons {

  private static final String CHINESE_FILE = "reasons.zh.txt";
  private static final Pattern ARGUMENT = Pattern.compile("\\{(\\d)}");
  private static final String TAIL = "(?:: \"(?<words>.*)\")?(?: \\(found after undoing: (?<undone>[^()]*)\\))?";
  private static final List<Statement> CHINESE = read(CHINESE_FILE);

  private Reasons() {}

  /** A statement in English, as a pattern with a group for each argument, and in another language. */
  private record Statement(Pattern english, String other) {}

  /** Returns a reason in a language; in English where its statement is not known. */
  public static String in(Language language, String reason) {
    return switch (language) {
      case ENGLISH -> reason;
      case CHINESE -> chinese(reason);
    };
  }

  private static String chinese(String reason) {
    for (Statement statement : CHINESE) {
      Matcher matcher = statement.english().matcher(reason);
      if (matcher.matches()) {
        String words = matcher.group("words");
        String undone = matcher.group("undone");
        return filled(statement.other(), matcher)
            + (words == null ? "" : "：“" + words + "”")
            + (undone == null ? "" : "（还原后发现：" + undone(undone) + "）");
      }
    }
    return reason;
  }

  /** The ways in which words were hidden, one within the other. */
  private static String undone(String ways) {
    return Stream.of(ways.split(", ")).map(Reasons::chinese).collect(Collectors.joining("、"));
  }

  private static String filled(String template, Matcher arguments) {
    return ARGUMENT.matcher(template)
        .replaceAll(place -> Matcher.quoteReplacement(arguments.group("a" + place.group(1))));
  }

  private static List<Statement> read(String file) {
    List<Statement> statements = new ArrayList<>();
    try (InputStream in = Objects.requireNonNull(Reasons.class.getResourceAsStream(file), file)) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        if (!line.isBlank() && !line.startsWith("#")) {
          statements.add(statement(line));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    return List.copyOf(statements);
  }

  private static Statement statement(String line) {
    int between = line.indexOf(" = ");
    String english = line.substring(0, between);
    StringBuilder pattern = new StringBuilder();
    Matcher places = ARGUMENT.matcher(english);
    int from = 0;
    while (places.find()) {
      pattern.append(Pattern.quote(english.substring(from, places.start())));
      pattern.append("(?<a").append(places.group(1)).append(">.*?)");
      from = places.end();
    }
    pattern.append(Pattern.quote(english.substring(from))).append(TAIL);
    return new Statement(Pattern.compile(pattern.toString(), Pattern.DOTALL), line.substring(between + 3));
  }
}
