// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.core.generation.OutputFormat;
import io.millrace.core.json.Json;
import io.millrace.online.http.Fields;
import io.millrace.online.http.Refusal;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The form of an answer: OpenAI's {@code response_format} (in responses {@code text.format}), and vLLM's
 * {@code structured_outputs} and its older {@code guided_json}, {@code guided_regex}, {@code guided_choice} and
 * {@code guided_grammar}. A schema always binds, also where {@code strict} is left out.
 */
public final class FormFields {

  private static final int LONGEST = 65_536;
  private static final int MOST_CHOICES = 1_000;
  private static final Pattern SPECIAL = Pattern.compile("[\\\\^$.|?*+()\\[\\]{}]");

  private FormFields() {}

  /** Returns whether any form is asked for. */
  public static boolean any(Fields body) {
    return !of(body, "response_format").equals(OutputFormat.TEXT);
  }

  /**
   * Reads it.
   *
   * @param name of OpenAI's field
   */
  public static OutputFormat of(Fields body, String name) {
    List<String> names = new ArrayList<>();
    List<OutputFormat> forms = new ArrayList<>();
    BiConsumer<String, OutputFormat> add = (field, form) -> {
      names.add(field);
      forms.add(form);
    };
    body.object(name).ifPresent(format -> {
      OutputFormat form = ofOpenAi(format);
      if (!form.equals(OutputFormat.TEXT)) {
        add.accept(name, form);
      }
    });
    for (Fields given : body.object("structured_outputs").stream().toList()) {
      readVllm(given, "", add);
    }
    readVllm(body, "guided_", add);
    if (forms.size() > 1) {
      throw Refusal.badRequest(names.get(1),
          "an answer has one form only, but there are " + String.join(" and ", names));
    }
    return forms.isEmpty() ? OutputFormat.TEXT : forms.getFirst();
  }

  private static OutputFormat ofOpenAi(Fields format) {
    String type = format.text("type", 64);
    return switch (type) {
      case "text" -> OutputFormat.TEXT;
      case "json_object" -> OutputFormat.JSON;
      // In chats the schema lies in an object of its own, in responses it does not.
      case "json_schema" -> schema(format.object("json_schema").orElse(format), "schema");
      default -> throw Refusal.badRequest(
          format.name("type"), format.name("type") + " is '" + type + "': use text, json_object or json_schema");
    };
  }

  private static void readVllm(Fields given, String prefix, BiConsumer<String, OutputFormat> add) {
    if (given.has(prefix + "json")) {
      add.accept(given.name(prefix + "json"), schema(given, prefix + "json"));
    }
    given.optionalText(prefix + "regex", LONGEST).ifPresent(
        pattern -> add.accept(given.name(prefix + "regex"), new OutputFormat.Regex(pattern)));
    given.optionalText(prefix + "grammar", LONGEST).ifPresent(
        rules -> add.accept(given.name(prefix + "grammar"), new OutputFormat.Grammar(rules)));
    if (given.has(prefix + "choice")) {
      List<String> choices = given.texts(prefix + "choice", MOST_CHOICES, LONGEST);
      if (choices.isEmpty()) {
        throw Refusal.badRequest(given.name(prefix + "choice"),
            given.name(prefix + "choice") + " is empty: give some texts");
      }
      String pattern = choices.stream().map(FormFields::literally).collect(Collectors.joining("|", "(?:", ")"));
      add.accept(given.name(prefix + "choice"), new OutputFormat.Regex(pattern));
    }
    if (prefix.isEmpty() && given.flag("json_object", false)) {
      add.accept(given.name("json_object"), OutputFormat.JSON);
    }
  }

  private static OutputFormat schema(Fields holder, String name) {
    JsonNode schema = holder.node().get(name);
    if (schema != null && schema.isString()) {
      schema = parsed(schema.asString()).orElse(schema);
    }
    if (schema == null || !(schema.isObject() || schema.isBoolean())) {
      throw Refusal.badRequest(holder.name(name), holder.name(name) + " must be a JSON schema: an object");
    }
    return new OutputFormat.JsonSchema(schema);
  }

  private static Optional<JsonNode> parsed(String text) {
    try {
      return Optional.of(Json.read(text, JsonNode.class));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Escapes what has a meaning in regular expressions; Java's own quotation is not understood everywhere. */
  private static String literally(String text) {
    return SPECIAL.matcher(text).replaceAll("\\\\$0");
  }
}
