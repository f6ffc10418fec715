// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.document.Language;
import io.millrace.core.json.Json;

import java.text.MessageFormat;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.ResourceBundle;
import java.util.TreeMap;

/** The console's texts in one language, from {@code messages_en.properties} and {@code messages_zh.properties}. */
public final class Words {

  private static final String CLIENT = "js.";
  private static final Map<Language, Words> ALL = new EnumMap<>(Language.class);

  static {
    for (Language language : Language.values()) {
      ALL.put(language, new Words(language));
    }
  }

  private final Language language;
  private final Locale locale;
  private final ResourceBundle bundle;
  private final String client;

  private Words(Language language) {
    this.language = language;
    this.locale = Locale.forLanguageTag(language == Language.CHINESE ? "zh-CN" : "en");
    this.bundle =
        ResourceBundle.getBundle(
            "messages",
            Locale.forLanguageTag(language.code()),
            ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES));
    Map<String, String> sent = new TreeMap<>();
    for (String key : Collections.list(bundle.getKeys())) {
      if (key.startsWith(CLIENT)) {
        sent.put(key, bundle.getString(key));
      }
    }
    this.client = Json.write(sent);
  }

  /** Returns the texts of a language. */
  public static Words of(Language language) {
    return Objects.requireNonNull(ALL.get(language));
  }

  /** Returns which language these are in. */
  public Language language() {
    return language;
  }

  /** Returns the locale for numbers and dates. */
  public Locale locale() {
    return locale;
  }

  /**
   * Returns a text with its arguments filled in.
   *
   * @throws java.util.MissingResourceException when there is no such text: a mistake in the program
   */
  public String get(String key, Object... arguments) {
    String pattern = bundle.getString(key);
    return arguments.length == 0 ? pattern : new MessageFormat(pattern, locale).format(arguments);
  }

  /** Returns a text, or what is given where there is none, for codes that other parts invent. */
  public String getOr(String key, String otherwise) {
    return bundle.containsKey(key) ? bundle.getString(key) : otherwise;
  }

  /** Returns the texts that scripts use, as a JSON object. */
  public String client() {
    return client;
  }
}
