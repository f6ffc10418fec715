// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import org.jspecify.annotations.Nullable;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Programming languages, with the lines that begin a declaration; told apart by indentation, not parsed. */
enum CodeLanguage {
  JAVA(
      "java",
      Set.of("java"),
      "(?:(?:public|protected|private|static|final|abstract|sealed|non-sealed|strictfp)\\s+)*(?:class|interface|enum|record|@interface)\\s+(\\w+).*",
      "(?: {2,4}|\\t)(?![\\s*/@}])(?!return|throw|new|else|if|for|while|switch|case)[^=;({]*?\\b(\\w+)\\s*\\([^;]*(?:[{,(]|\\))\\s*(?:throws.*)?|"
          + "(?: {2,4}|\\t)(?:(?:public|protected|private|static|final|abstract|sealed)\\s+)*(?:class|interface|enum|record)\\s+(\\w+).*"),
  KOTLIN("kotlin", Set.of("kt", "kts"), "(?:\\w+\\s+)*(?:class|interface|object|fun)\\s+(?:<[^>]*>\\s*)?([\\w.]+).*", "(?: {4}|\\t)(?:\\w+\\s+)*fun\\s+(?:<[^>]*>\\s*)?([\\w.]+).*"),
  SCALA("scala", Set.of("scala"), "(?:\\w+\\s+)*(?:class|trait|object|enum|def)\\s+(\\w+).*", "(?: {2}|\\t)(?:\\w+\\s+)*def\\s+(\\w+).*"),
  PYTHON("python", Set.of("py", "pyi"), "(?:async\\s+)?(?:def|class)\\s+(\\w+).*", "(?: {4}|\\t)(?:async\\s+)?def\\s+(\\w+).*"),
  JAVASCRIPT(
      "javascript",
      Set.of("js", "mjs", "cjs", "jsx"),
      "(?:export\\s+)?(?:default\\s+)?(?:async\\s+)?(?:function\\s*\\*?|class|const|let|var)\\s+([\\w$]+).*",
      null),
  TYPESCRIPT(
      "typescript",
      Set.of("ts", "tsx", "mts"),
      "(?:export\\s+)?(?:default\\s+)?(?:declare\\s+)?(?:abstract\\s+)?(?:async\\s+)?(?:function\\s*\\*?|class|const|let|var|interface|type|enum|namespace)\\s+([\\w$]+).*",
      null),
  GO("go", Set.of("go"), "(?:func\\s+(?:\\([^)]*\\)\\s*)?|type\\s+)(\\w+).*", null),
  RUST("rust", Set.of("rs"), "(?:pub(?:\\([^)]*\\))?\\s+)?(?:async\\s+|unsafe\\s+|const\\s+)*(?:fn|struct|enum|trait|mod|impl(?:<[^>]*>)?)\\s+([\\w:]+).*", null),
  C("c", Set.of("c", "h", "cc", "cpp", "cxx", "hpp", "cu"), "(?:class|struct|enum|namespace|union)\\s+(\\w+).*|(?![#}/ \\t])[^;=(]*?\\b([\\w:~]+)\\s*\\([^;]*", null),
  CSHARP("csharp", Set.of("cs"), "(?: {4})?(?:\\w+\\s+)*(?:class|interface|enum|record|struct)\\s+(\\w+).*", null),
  RUBY("ruby", Set.of("rb"), "(?:class|module|def)\\s+([\\w:.]+).*", "(?: {2}|\\t)def\\s+([\\w.?!]+).*"),
  PHP("php", Set.of("php"), "(?:\\w+\\s+)*(?:class|interface|trait|function|enum)\\s+(\\w+).*", "(?: {4}|\\t)(?:\\w+\\s+)*function\\s+(\\w+).*"),
  SWIFT("swift", Set.of("swift"), "(?:\\w+\\s+)*(?:class|struct|enum|protocol|extension|func|actor)\\s+(\\w+).*", null),
  SHELL("shell", Set.of("sh", "bash", "zsh"), "(?:function\\s+)?(\\w[\\w-]*)\\s*\\(\\)\\s*\\{?.*", null),
  SQL("sql", Set.of("sql"), "(?i)create\\s+(?:or\\s+replace\\s+)?(?:table|view|function|procedure|index|type)\\s+(?:if\\s+not\\s+exists\\s+)?([\\w.\"`]+).*", null),
  OTHER("", Set.of("lua", "pl", "r", "jl", "dart", "groovy", "clj", "hs", "erl", "ex", "proto", "gradle"), null, null);

  private static final int LONGEST_LINE = 500;

  private final String title;
  private final Set<String> extensions;
  private final @Nullable Pattern outer;
  private final @Nullable Pattern inner;

  CodeLanguage(String title, Set<String> extensions, @Nullable String outer, @Nullable String inner) {
    this.title = title;
    this.extensions = extensions;
    this.outer = outer == null ? null : Pattern.compile(outer);
    this.inner = inner == null ? null : Pattern.compile(inner);
  }

  /** Returns the language of an extension; {@link #OTHER} where none is known. */
  static CodeLanguage of(String extension) {
    for (CodeLanguage language : values()) {
      if (language.extensions.contains(extension)) {
        return language;
      }
    }
    return OTHER;
  }

  /** Returns whether files with this extension are code. */
  static boolean isCode(String extension) {
    for (CodeLanguage language : values()) {
      if (language.extensions.contains(extension)) {
        return true;
      }
    }
    return false;
  }

  /** Returns the name of the language; empty where it is not known. */
  String title() {
    return title;
  }

  /** Returns whether declarations can be told. */
  boolean hasDeclarations() {
    return outer != null;
  }

  /** Returns the name that a line at the left edge declares, or null. */
  @Nullable String declares(String line) {
    return name(outer, line);
  }

  /** Returns the name that a line one level in declares, such as a method's, or null. */
  @Nullable String declaresInside(String line) {
    return name(inner, line);
  }

  private static @Nullable String name(@Nullable Pattern pattern, String line) {
    if (pattern == null || line.length() > LONGEST_LINE) {
      return null;
    }
    Matcher matcher = pattern.matcher(line);
    if (!matcher.matches()) {
      return null;
    }
    for (int i = 1; i <= matcher.groupCount(); i++) {
      if (matcher.group(i) != null) {
        return matcher.group(i);
      }
    }
    return null;
  }
}
