// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.core.generation.OutputFormat;
import io.millrace.core.generation.Tool;
import io.millrace.core.generation.ToolChoice;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

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
   * @throws IllegalArgumentException when the format is none, is not supported, admits no text, or is too large; with
   *     the place, for schemas as a JSON pointer
   */
  public OutputForm of(OutputFormat format) {
    return kept(format, () -> compile(format));
  }

  /**
   * The form of an answer that may call tools. Without a choice of the model's it is one call or more; with one, a text
   * of the format or calls; a text of any form may also go on with calls.
   *
   * @param format of an answer that calls nothing
   * @param tools those that can be called
   * @param syntax how the model writes calls
   * @throws IllegalArgumentException as {@link #of(OutputFormat)} does; naming the tool whose parameters are not
   *     supported, or one that is chosen and not there
   */
  public OutputForm of(OutputFormat format, List<Tool> tools, ToolChoice choice, ToolSyntax syntax) {
    return switch (choice) {
      case ToolChoice.None _ -> of(format);
      case ToolChoice.Any any when tools.isEmpty() && !any.required() -> of(format);
      default -> kept(List.of(format, tools, choice, syntax), () -> compile(format, tools, choice, syntax));
    };
  }

  private OutputForm kept(Object key, Supplier<OutputForm> made) {
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

  private OutputForm compile(OutputFormat format, List<Tool> tools, ToolChoice choice, ToolSyntax syntax) {
    RuleBook book = new RuleBook(vocabulary);
    List<String> reasons = new ArrayList<>();
    ToolText text = new ToolText(syntax, json, book);
    List<Tool> wanted = choice instanceof ToolChoice.Named named
        ? tools.stream().filter(tool -> tool.name().equals(named.name())).toList() : tools;
    if (wanted.isEmpty()) {
      throw new IllegalArgumentException("tool_choice "
          + (choice instanceof ToolChoice.Named named ? "'" + named.name() + "'" : "required")
          + " is none of the tools " + tools.stream().map(Tool::name).toList());
    }
    boolean free = choice instanceof ToolChoice.Any any && !any.required();
    Machine root;
    if (free && format instanceof OutputFormat.FreeText) {
      root = new Machine("text or calls", true);
      text.textOrCalls(root, wanted);
    } else {
      Expr calls = text.calls(wanted, choice instanceof ToolChoice.Any);
      root = book.rule("calls", free ? Expr.choice(calls, new Expr.Call(root(format, book, reasons))) : calls);
    }
    reasons.addAll(text.reasons());
    return finish(root, book, reasons);
  }

  private OutputForm compile(OutputFormat format) {
    RuleBook book = new RuleBook(vocabulary);
    List<String> reasons = new ArrayList<>();
    Machine root = root(format, book, reasons);
    return finish(root, book, reasons);
  }

  private Machine root(OutputFormat format, RuleBook book, List<String> reasons) {
    return switch (format) {
      case OutputFormat.FreeText _ -> {
        Machine any = new Machine("text", true);
        book.define(any, Expr.star(new Expr.Range(0, 255)));
        yield any;
      }
      case OutputFormat.JsonObject _ -> json.anyObject();
      case OutputFormat.Regex regex ->
          book.rule("the regular expression", RegexReader.read(regex.pattern(), true, Encoding.TEXT, book.effort()));
      case OutputFormat.Grammar grammar -> GbnfReader.read(grammar.rules(), book);
      case OutputFormat.JsonSchema schema -> {
        SchemaCompiler compiler = new SchemaCompiler(schema.schema(), json, book);
        Machine root = book.rule("the schema", compiler.root());
        reasons.addAll(compiler.reasons());
        yield root;
      }
    };
  }

  private OutputForm finish(Machine root, RuleBook book, List<String> reasons) {
    book.compile();
    if (root.cost(0) >= Rule.NEVER) {
      throw new IllegalArgumentException("no text has the required form"
          + (reasons.isEmpty() ? ": it has no end, or the vocabulary cannot write it" : ": "
          + String.join("; ", reasons)));
    }
    return new OutputForm(root, vocabulary);
  }
}
