// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.core.generation.Tool;
import io.millrace.core.json.Json;
import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Calls of tools as a model writes them, and texts in which there may be some. */
final class ToolText {
  /** More calls are not written in one answer. */
  private static final int MOST_CALLS = 16;

  private static final Expr NEWLINE = Expr.optional(Expr.text("\n"));
  private static final JsonNode OBJECT = Json.read("{\"type\":\"object\"}", JsonNode.class);

  private final ToolSyntax syntax;
  private final JsonRules json;
  private final RuleBook book;
  private final List<String> reasons = new ArrayList<>();

  ToolText(ToolSyntax syntax, JsonRules json, RuleBook book) {
    this.syntax = syntax;
    this.json = json;
    this.book = book;
  }

  /** Why a tool cannot be called. */
  List<String> reasons() {
    return reasons;
  }

  /** One call of a tool, or several of any of them. */
  Expr calls(List<Tool> tools, boolean several) {
    return Expr.sequence(Expr.text(syntax.open()), afterOpening(tools, several));
  }

  /** What follows the first tag. */
  private Expr afterOpening(List<Tool> tools, boolean several) {
    Expr one = new Expr.Call(book.rule("a call", Expr.sequence(
        NEWLINE, Expr.choice(tools.stream().map(this::call).toList()), syntax.open().isEmpty() ? Expr.EMPTY : NEWLINE,
        Expr.text(syntax.close()))));
    Expr next = Expr.sequence(syntax.open().isEmpty() ? Expr.text("\n") : NEWLINE, Expr.text(syntax.open()), one);
    return several ? Expr.sequence(one, new Expr.Repeat(next, 0, MOST_CALLS - 1)) : one;
  }

  private Expr call(Tool tool) {
    SchemaCompiler compiler = new SchemaCompiler(tool.parameters().isMissingNode() || tool.parameters().isNull()
        ? OBJECT : tool.parameters(), json, book);
    Expr arguments;
    try {
      arguments = compiler.object();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("tool '" + tool.name() + "': " + e.getMessage(), e);
    }
    compiler.reasons().forEach(reason -> reasons.add("tool '" + tool.name() + "' " + reason));
    return Expr.sequence(Expr.text("{"), Literal.name("name"), JsonRules.COLON, Literal.name(tool.name()),
        JsonRules.COMMA,
        Literal.name(syntax.argumentsKey()), JsonRules.COLON, arguments, Expr.text("}"));
  }

  /**
   * Any text up to the end, or up to calls. Where there is no tag that announces them, a text that begins with a brace
   * is a call.
   *
   * @param root takes the text; tokens without text may stand in it
   */
  void textOrCalls(Machine root, List<Tool> tools) {
    Expr any = Expr.star(new Expr.Range(0, 255));
    if (syntax.open().isEmpty()) {
      Expr text = Expr.optional(Expr.sequence(Expr.choice(new Expr.Range(0, '{' - 1), new Expr.Range('{' + 1, 255)),
          any));
      book.define(root, Expr.choice(text, new Expr.Call(book.rule("calls", calls(tools, true)))));
      return;
    }
    byte[] tag = syntax.open().getBytes(StandardCharsets.UTF_8);
    Expr calls = new Expr.Call(book.rule("calls", afterOpening(tools, true)));
    book.define(root, Expr.choice(
        new Expr.Embedded(upTo(tag, false)), Expr.sequence(new Expr.Embedded(upTo(tag, true)), calls)));
  }

  /**
   * Texts without a tag, or those that have it at their end and nowhere else. The states count how much of the tag has
   * been read (Knuth, Morris and Pratt, Fast Pattern Matching in Strings, 1977).
   */
  private Dfa upTo(byte[] tag, boolean withTag) {
    byte[] kinds = new byte[256];
    for (int b = 0; b < 256; b++) {
      kinds[b] = (byte) b;
    }
    Table table = new Table(256);
    for (int read = 0; read <= tag.length; read++) {
      int[] row = table.add();
      if (withTag == (read == tag.length)) {
        table.accept(read);
      }
      for (int b = 0; b < 256 && read < tag.length; b++) {
        row[b] = next(tag, read, (byte) b);
      }
    }
    return table.minimal(kinds, 256, List.of(), book.effort());
  }

  /** The longest beginning of the tag that is at the end of what was read of it and one more byte. */
  private static int next(byte[] tag, int read, byte b) {
    for (int n = read + 1; n > 0; n--) {
      boolean same = tag[n - 1] == b;
      for (int i = 0; same && i < n - 1; i++) {
        same = tag[i] == tag[read - n + 1 + i];
      }
      if (same) {
        return n;
      }
    }
    return 0;
  }
}
