// SPDX-License-Identifier: Apache-2.0
package io.millrace.agent;

import io.millrace.core.document.Language;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The prompts of a domain: the built-in ones, and those of the domain pack's {@code prompts/} in their stead. */
public final class PromptLibrary {

  /** The prompt that asks a model to answer from passages; placeholders {@code question} and {@code passages}. */
  public static final String ANSWER = "answer";

  private static final List<String> BUILT_IN = List.of("answer.en.md", "answer.zh.md");

  private final Map<String, PromptTemplate> templates;

  private PromptLibrary(Map<String, PromptTemplate> templates) {
    this.templates = Map.copyOf(templates);
  }

  /** The built-in prompts alone. */
  public static PromptLibrary builtIn() {
    return new PromptLibrary(new TreeMap<>(builtInTemplates()));
  }

  /**
   * Reads the prompts of a domain pack: all {@code .md} files in its {@code prompts/}. Of several versions of a prompt
   * the highest is used.
   *
   * @throws IllegalArgumentException when a file does not fit, naming it, or two files have the same name, language
   *     and version
   */
  public static PromptLibrary load(Path domain) {
    Map<String, PromptTemplate> templates = new TreeMap<>(builtInTemplates());
    Path directory = domain.resolve("prompts");
    if (!Files.isDirectory(directory)) {
      return new PromptLibrary(templates);
    }
    List<Path> files;
    try (Stream<Path> list = Files.list(directory)) {
      files = list.filter(file -> file.toString().endsWith(".md")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + directory, e);
    }
    Map<String, PromptTemplate> own = new TreeMap<>();
    for (Path file : files) {
      PromptTemplate template = PromptTemplate.read(file);
      PromptTemplate other = own.get(key(template.name(), template.language()));
      if (other != null && other.version() == template.version()) {
        throw new IllegalArgumentException(file + ": '" + template.reference() + "' is already in another file; count up its version");
      }
      if (other == null || other.version() < template.version()) {
        own.put(key(template.name(), template.language()), template);
      }
    }
    templates.putAll(own);
    return new PromptLibrary(templates);
  }

  /**
   * Returns a prompt in a language.
   *
   * @throws IllegalArgumentException when there is none, listing those there are
   */
  public PromptTemplate template(String name, Language language) {
    PromptTemplate template = templates.get(key(name, language));
    if (template == null) {
      throw new IllegalArgumentException(
          "no prompt '" + name + "' in " + language.code() + "; there are: "
              + String.join(", ", templates.keySet().stream().sorted().toList()));
    }
    return template;
  }

  /** Returns all prompts that are in use. */
  public Collection<PromptTemplate> all() {
    return templates.values();
  }

  private static Map<String, PromptTemplate> builtInTemplates() {
    Map<String, PromptTemplate> templates = new TreeMap<>();
    for (String resource : BUILT_IN) {
      try (InputStream in = PromptLibrary.class.getResourceAsStream(resource)) {
        if (in == null) {
          throw new IllegalStateException("the resource " + resource + " is missing from the agent's jar");
        }
        PromptTemplate template =
            PromptTemplate.parse(resource, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        templates.put(key(template.name(), template.language()), template);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the resource " + resource, e);
      }
    }
    return templates;
  }

  private static String key(String name, Language language) {
    return name + "." + language.code();
  }
}
