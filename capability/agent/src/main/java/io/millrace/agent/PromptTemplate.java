// SPDX-License-Identifier: Apache-2.0
package io.millrace.agent;

import io.millrace.core.document.Language;
import io.millrace.core.generation.Message;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A versioned prompt: front matter between two lines {@code ---} with {@code name}, {@code version}, {@code language}
 * and {@code placeholders}, then turns, each headed by {@code [system]} or {@code [user]}. A placeholder is written
 * {@code {{name}}}. What is used must be declared, what is declared must be used, and all of it must be given.
 *
 * @param name for example {@code answer}
 * @param version from 1
 * @param language of the words around the placeholders
 * @param placeholders that must be given
 * @param turns in order, with placeholders
 */
public record PromptTemplate(
    String name, int version, Language language, Set<String> placeholders, List<Message> turns) {

  private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{\\s*([A-Za-z][A-Za-z0-9_-]*)\\s*\\}\\}");
  private static final Pattern HEADING = Pattern.compile("\\[(\\w+)\\]");
  private static final Set<String> KEYS = Set.of("name", "version", "language", "placeholders");
  private static final Set<String> ROLES = Set.of("system", "user", "assistant");

  public PromptTemplate {
    placeholders = Set.copyOf(placeholders);
    turns = List.copyOf(turns);
    Set<String> used = new TreeSet<>();
    for (Message turn : turns) {
      PLACEHOLDER.matcher(turn.content()).results().forEach(match -> used.add(match.group(1)));
    }
    for (String placeholder : used) {
      if (!placeholders.contains(placeholder)) {
        throw new IllegalArgumentException(
            "prompt '" + name + "' uses {{" + placeholder + "}}, which its front matter does not declare");
      }
    }
    for (String placeholder : new TreeSet<>(placeholders)) {
      if (!used.contains(placeholder)) {
        throw new IllegalArgumentException("prompt '" + name + "' declares '" + placeholder + "' and never uses it");
      }
    }
    if (turns.isEmpty() || !turns.getLast().role().equals("user")) {
      throw new IllegalArgumentException("prompt '" + name + "' must end with a turn headed [user]");
    }
  }

  /** Reads a file; see {@link #parse}. */
  public static PromptTemplate read(Path file) {
    try {
      return parse(file.toString(), Files.readString(file));
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read " + file + ": " + e, e);
    }
  }

  /**
   * Reads a template.
   *
   * @param source named in errors
   * @throws IllegalArgumentException when it does not fit, naming source, line and remedy
   */
  public static PromptTemplate parse(String source, String text) {
    List<String> lines = text.lines().toList();
    if (lines.isEmpty() || !lines.getFirst().strip().equals("---")) {
      throw new IllegalArgumentException(source + ", line 1: a prompt begins with a line ---, then its name and version");
    }
    Map<String, String> front = new LinkedHashMap<>();
    int i = 1;
    for (; i < lines.size() && !lines.get(i).strip().equals("---"); i++) {
      String line = lines.get(i).strip();
      int colon = line.indexOf(':');
      String key = colon < 0 ? line : line.substring(0, colon).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (colon < 0 || !KEYS.contains(key)) {
        throw new IllegalArgumentException(
            source + ", line " + (i + 1) + ": unknown key '" + key + "'; known here: " + String.join(", ", new TreeSet<>(KEYS)));
      }
      front.put(key, line.substring(colon + 1).strip());
    }
    for (String key : new TreeSet<>(KEYS)) {
      if (!front.containsKey(key)) {
        throw new IllegalArgumentException(source + ": the front matter lacks '" + key + "'");
      }
    }
    return of(source, front, turns(source, lines, i + 1));
  }

  private static PromptTemplate of(String source, Map<String, String> front, List<Message> turns) {
    try {
      Set<String> placeholders = new TreeSet<>();
      for (String part : front.getOrDefault("placeholders", "").replaceAll("[\\[\\]]", "").split(",")) {
        if (!part.isBlank()) {
          placeholders.add(part.strip());
        }
      }
      int version = Integer.parseInt(front.getOrDefault("version", ""));
      return new PromptTemplate(
          front.getOrDefault("name", ""), version, Language.ofCode(front.getOrDefault("language", "")), placeholders, turns);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(source + ": version '" + front.get("version") + "' is not a number", e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(source + ": " + e.getMessage(), e);
    }
  }

  private static List<Message> turns(String source, List<String> lines, int from) {
    List<Message> turns = new ArrayList<>();
    String role = "";
    StringBuilder content = new StringBuilder();
    for (int i = from; i < lines.size(); i++) {
      Matcher heading = HEADING.matcher(lines.get(i).strip());
      if (heading.matches() && ROLES.contains(heading.group(1))) {
        add(turns, role, content);
        role = heading.group(1);
        content.setLength(0);
      } else if (role.isEmpty() && !lines.get(i).isBlank()) {
        throw new IllegalArgumentException(source + ", line " + (i + 1) + ": text before the first [system] or [user]");
      } else {
        content.append(lines.get(i)).append('\n');
      }
    }
    add(turns, role, content);
    return turns;
  }

  private static void add(List<Message> turns, String role, StringBuilder content) {
    if (!role.isEmpty()) {
      turns.add(new Message(role, content.toString().strip()));
    }
  }

  /** Returns name and version, as traces show them. */
  public String reference() {
    return name + "-" + language.code() + "@" + version;
  }

  /**
   * Fills the placeholders; what is filled in is not searched for placeholders again.
   *
   * @throws IllegalArgumentException when a placeholder is missing or unknown, naming it
   */
  public List<Message> render(Map<String, String> values) {
    for (String placeholder : new TreeSet<>(placeholders)) {
      if (!values.containsKey(placeholder)) {
        throw new IllegalArgumentException("prompt '" + reference() + "' is not given '" + placeholder + "'");
      }
    }
    for (String given : new TreeSet<>(values.keySet())) {
      if (!placeholders.contains(given)) {
        throw new IllegalArgumentException(
            "prompt '" + reference() + "' has no placeholder '" + given + "'; it has: "
                + String.join(", ", new TreeSet<>(placeholders)));
      }
    }
    return turns.stream()
        .map(
            turn ->
                new Message(
                    turn.role(),
                    PLACEHOLDER
                        .matcher(turn.content())
                        .replaceAll(m -> Matcher.quoteReplacement(values.getOrDefault(m.group(1), "")))))
        .toList();
  }
}
