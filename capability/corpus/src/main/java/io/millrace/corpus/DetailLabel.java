// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** What the labels of javadoc's description lists mean, in English and Chinese, JDK 8 to 25. */
enum DetailLabel {
  PARAMETER("parameter", "Parameters", "参数"),
  TYPE_PARAMETER("type parameter", "Type Parameters", "类型参数"),
  COMPONENT("component", "Record Components", "记录组件"),
  RETURNS("returns", "Returns", "返回"),
  THROWS("throws", "Throws", "抛出"),
  SINCE("since", "Since", "从以下版本开始"),
  DEFAULT("default", "Default", "默认值"),
  SEE("see", "See Also", "另请参阅"),
  IMPLEMENTS("implements", "All Implemented Interfaces", "所有已实现的接口"),
  EXTENDS("extends", "All Superinterfaces", "所有超级接口"),
  SUBTYPE(
      "subtype", "Direct Known Subclasses", "All Known Subinterfaces", "All Known Implementing Classes", "直接已知子类",
      "所有已知子接口", "所有已知实现类"),
  ENCLOSING("enclosing", "Enclosing class", "Enclosing interface", "封闭类", "封闭接口"),
  LEFT_OUT(
      "", "Author", "Version", "Specified by", "Overrides", "Functional Interface", "作者", "版本", "指定者", "覆盖",
      "函数接口", "函数式接口");

  private static final Map<String, DetailLabel> BY_TEXT = new HashMap<>();

  static {
    for (DetailLabel label : values()) {
      for (String text : label.texts) {
        BY_TEXT.put(text.toLowerCase(Locale.ROOT), label);
      }
    }
  }

  private final String kind;
  private final String[] texts;

  DetailLabel(String kind, String... texts) {
    this.kind = kind;
    this.texts = texts;
  }

  /** Returns the kind of detail or link that stands below the label. */
  String kind() {
    return kind;
  }

  /** Returns whether what follows names a thing first: {@code name - explanation}. */
  boolean named() {
    return this == PARAMETER || this == TYPE_PARAMETER || this == COMPONENT || this == THROWS;
  }

  /** Returns whether only the links below the label matter. */
  boolean onlyLinks() {
    return this == SEE || this == IMPLEMENTS || this == EXTENDS || this == SUBTYPE || this == ENCLOSING;
  }

  /** Returns the label that is written so; null for a custom tag's. */
  static @Nullable DetailLabel of(String text) {
    String bare = text.strip();
    if (bare.endsWith(":") || bare.endsWith("：")) {
      bare = bare.substring(0, bare.length() - 1).strip();
    }
    return BY_TEXT.get(bare.toLowerCase(Locale.ROOT));
  }
}
