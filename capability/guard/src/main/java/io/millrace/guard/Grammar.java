// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A small grammar of sentences: families of templates over slots, from which any number of examples is drawn. The
 * file has lines {@code slot = choice | choice | …}, headings {@code [family]} and one template a line below
 * them; in choices and templates {@code $slot} stands for a choice of that slot and {@code (a|b|)} for one of the
 * given ones. Lines that begin with {@code #} say why.
 */
final class Grammar {

  private static final int DEEPEST = 8;
  private static final Pattern SLOT = Pattern.compile("\\$([A-Za-z][A-Za-z0-9_]*)");

  /**
   * A template.
   *
   * @param family what its examples have in common
   * @param text with slots
   */
  record Template(String family, String text) {}

  private final String name;
  private final Map<String, List<String>> slots = new LinkedHashMap<>();
  private final List<Template> templates = new ArrayList<>();

  private Grammar(String name) {
    this.name = name;
  }

  /** Reads a grammar that is packed with this class. */
  static Grammar resource(String name) {
    try (InputStream in = Grammar.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + name + " is missing from the guard's jar");
      }
      return parse(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the resource " + name, e);
    }
  }

  /**
   * Reads a grammar.
   *
   * @throws IllegalArgumentException when a template uses an unknown slot or stands outside a family, with the line
   */
  static Grammar parse(String name, String text) {
    Grammar grammar = new Grammar(name);
    String family = "";
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      String trimmed = line.strip();
      if (trimmed.isEmpty() || trimmed.startsWith("# ")) {
        continue;
      }
      int equals = trimmed.indexOf(" = ");
      if (trimmed.startsWith("[") && trimmed.endsWith("]") && !trimmed.contains(" ")) {
        family = trimmed.substring(1, trimmed.length() - 1);
      } else if (family.isEmpty() && equals > 0) {
        grammar.slots.put(
            trimmed.substring(0, equals),
            split(trimmed.substring(equals + 3)).stream().map(choice -> choice.replace("\\n", "\n")).toList());
      } else if (family.isEmpty()) {
        throw new IllegalArgumentException(name + ", line " + number + ": '" + trimmed + "' stands before any [family]");
      } else {
        grammar.templates.add(new Template(family, trimmed.replace("\\n", "\n")));
      }
    }
    grammar.templates.forEach(template -> grammar.check(template.text()));
    grammar.slots.values().forEach(choices -> choices.forEach(grammar::check));
    return grammar;
  }

  /** Returns the templates in the order of the file. */
  List<Template> templates() {
    return List.copyOf(templates);
  }

  /** Returns an example of a template. */
  String example(Template template, RandomGenerator random) {
    return example(template, random, Map.of());
  }

  /** Returns an example of a template, with further slots. */
  String example(Template template, RandomGenerator random, Map<String, List<String>> further) {
    return expand(template.text(), random, further.keySet(), further, 0).strip();
  }

  private void check(String text) {
    Matcher matcher = SLOT.matcher(text);
    while (matcher.find()) {
      String slot = matcher.group(1);
      if (!slots.containsKey(slot) && !slot.equals(slot.toUpperCase(Locale.ROOT))) {
        throw new IllegalArgumentException(name + ": unknown slot '$" + slot + "' in '" + text + "'");
      }
    }
  }

  private String expand(
      String text, RandomGenerator random, Set<String> known, Map<String, List<String>> further, int depth) {
    if (depth > DEEPEST) {
      throw new IllegalArgumentException(name + ": '" + text + "' has slots that contain themselves");
    }
    StringBuilder out = new StringBuilder();
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '$' && i + 1 < text.length() && Character.isLetter(text.charAt(i + 1))) {
        int end = i + 1;
        while (end < text.length() && isSlotCharacter(text.charAt(end))) {
          end++;
        }
        String slot = text.substring(i + 1, end);
        List<String> choices = known.contains(slot) ? further.get(slot) : slots.get(slot);
        if (choices == null) {
          throw new IllegalArgumentException(name + ": unknown slot '$" + slot + "' in '" + text + "'");
        }
        out.append(expand(choices.get(random.nextInt(choices.size())), random, known, further, depth + 1));
        i = end;
      } else if (c == '(') {
        int end = closing(text, i);
        List<String> choices = split(text.substring(i + 1, end));
        out.append(
            choices.size() == 1
                ? "(" + expand(choices.getFirst(), random, known, further, depth + 1) + ")"
                : expand(choices.get(random.nextInt(choices.size())), random, known, further, depth + 1));
        i = end + 1;
      } else {
        out.append(c);
        i++;
      }
    }
    return depth == 0 ? out.toString().replaceAll(" {2,}", " ").replaceAll(" ([,.!?])", "$1") : out.toString();
  }

  private static boolean isSlotCharacter(char c) {
    return c < 0x80 && (Character.isLetterOrDigit(c) || c == '_');
  }

  private int closing(String text, int open) {
    int depth = 0;
    for (int i = open; i < text.length(); i++) {
      depth += text.charAt(i) == '(' ? 1 : text.charAt(i) == ')' ? -1 : 0;
      if (depth == 0) {
        return i;
      }
    }
    throw new IllegalArgumentException(name + ": a bracket is not closed in '" + text + "'");
  }

  /** Splits at bars that stand outside brackets. */
  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == '|' && depth == 0) {
        parts.add(text.substring(from, i).strip());
        from = i + 1;
      }
    }
    parts.add(text.substring(from).strip());
    return parts;
  }
}
