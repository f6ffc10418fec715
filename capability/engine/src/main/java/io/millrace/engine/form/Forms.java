// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.core.generation.OutputFormat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compiles forms for a vocabulary, and keeps those that were asked for last. Safe for use by several threads.
 *
 * <p>See {@code docs/structured-output.md} for what of JSON Schema, regular expressions and grammars is supported.
 */
public final class Forms {
  private static final int MOST_KEPT = 64;

  private final Vocabulary vocabulary;
  private final JsonRules json;
  /** Guarded by itself. */
  private final Map<Object, OutputForm> kept = new LinkedHashMap<>(MOST_KEPT, 0.75f, true);

  /** Compiles the rules of JSON, which all forms share; takes a fraction of a second. */
  public Forms(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    json = new JsonRules(vocabulary);
  }

  /**
   * The form of a format, compiled within about a second or refused.
   *
   * @throws IllegalArgumentException when the format is none, is not supported, admits no text, or is too large; with the
   *     place, for schemas as a JSON pointer
   */
  public OutputForm of(OutputFormat format) {
    return kept(format, () -> compile(format));
  }

  private OutputForm kept(Object key, java.util.function.Supplier<OutputForm> made) {
    synchronized (kept) {
      OutputForm form = kept.get(key);
      if (form != null) {
        return form;
      }
    }
    OutputForm form = made.get(); // not while others wait
    synchronized (kept) {
      kept.put(key, form);
      if (kept.size() > MOST_KEPT) {
        kept.remove(kept.keySet().iterator().next());
      }
    }
    return form;
  }

  private OutputForm compile(OutputFormat format) {
    RuleBook book = new RuleBook(vocabulary);
    List<String> reasons = List.of();
    Machine root;
    switch (format) {
      case OutputFormat.FreeText _ -> {
        root = new Machine("text", true);
        book.define(root, Expr.star(new Expr.Range(0, 255)));
      }
      case OutputFormat.JsonObject _ -> root = json.anyObject();
      case OutputFormat.Regex regex ->
          root = book.rule("the regular expression", RegexReader.read(regex.pattern(), true, Encoding.TEXT, book.effort()));
      case OutputFormat.Grammar grammar -> root = GbnfReader.read(grammar.rules(), book);
      case OutputFormat.JsonSchema schema -> {
        SchemaCompiler compiler = new SchemaCompiler(schema.schema(), json, book);
        root = book.rule("the schema", compiler.root());
        reasons = compiler.reasons();
      }
    }
    book.compile();
    if (root.cost(0) >= Rule.NEVER) {
      throw new IllegalArgumentException("no text has the required form"
          + (reasons.isEmpty() ? ": it has no end, or the vocabulary cannot write it" : ": " + String.join("; ", reasons)));
    }
    return new OutputForm(root, vocabulary);
  }
}
