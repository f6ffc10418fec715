// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.document.Language;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class WordsTest {

  private static final Path RESOURCES = Path.of("src/main/resources");
  private static final Pattern HAN = Pattern.compile("\\p{IsHan}");

  private static Properties bundle(String language) throws IOException {
    Properties properties = new Properties();
    try (var reader = Files.newBufferedReader(RESOURCES.resolve("messages_" + language + ".properties"))) {
      properties.load(reader);
    }
    return properties;
  }

  private static Set<String> found(Path folder, String expression) throws IOException {
    Pattern pattern = Pattern.compile(expression);
    try (Stream<Path> files = Files.walk(folder)) {
      Set<String> keys = new TreeSet<>();
      for (Path file : files.filter(Files::isRegularFile).filter(f -> !f.toString().endsWith(".svg")).toList()) {
        pattern.matcher(Files.readString(file)).results().map(result -> result.group(1)).forEach(keys::add);
      }
      return keys;
    }
  }

  @Test
  void bothLanguagesSayTheSameThingsWithTheSamePlaceholders() throws IOException {
    Properties english = bundle("en");
    Properties chinese = bundle("zh");
    assertThat(chinese.stringPropertyNames()).isEqualTo(english.stringPropertyNames());
    for (String key : english.stringPropertyNames()) {
      assertThat(placeholders(chinese.getProperty(key))).as(key).isEqualTo(placeholders(english.getProperty(key)));
      assertThat(HAN.matcher(english.getProperty(key)).find()).as(key).isFalse();
    }
  }

  private static Set<String> placeholders(String text) {
    return Pattern.compile("\\{\\d}").matcher(text).results().map(MatchResult::group).collect(Collectors.toSet());
  }

  @Test
  void pagesAndScriptsUseOnlyWordsThatExist() throws IOException {
    Set<String> known = bundle("en").stringPropertyNames();
    Set<String> used = found(Path.of("src/main/jte"), "page\\.t\\(\"([\\w.]+)\"[,)]");
    used.addAll(found(RESOURCES.resolve("static/console/js"), "\\bt\\(\"([\\w.]+)\""));
    assertThat(used).hasSizeGreaterThan(150).isSubsetOf(known);
  }

  @Test
  void pagesHoldNoWordsOfTheirOwn() throws IOException {
    assertThat(found(Path.of("src/main/jte"), "(?s)(\\p{IsHan}+)")).containsOnly("中文");
    assertThat(found(RESOURCES.resolve("static/console"), "(?s)(\\p{IsHan}+)")).isEmpty();
  }

  @Test
  void fillsArgumentsIn() {
    assertThat(Words.of(Language.ENGLISH).get("chat.welcome", "archive")).isEqualTo("Ask the archive");
    assertThat(Words.of(Language.CHINESE).get("chat.welcome", "诗")).isEqualTo("向「诗」提问");
    assertThat(Words.of(Language.CHINESE).client()).contains("js.chat.why").doesNotContain("\"chat.welcome\"");
  }
}
