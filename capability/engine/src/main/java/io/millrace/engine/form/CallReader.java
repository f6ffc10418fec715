// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.core.generation.Piece;
import io.millrace.core.generation.TokenScore;
import io.millrace.core.generation.ToolCall;
import io.millrace.core.json.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds calls of tools in a text that arrives piece by piece, and hands out what is certain: text that belongs to no
 * call, the beginning of a call as soon as its name is there, and its arguments as they come. White space around calls
 * is dropped. What only looks like a call, from a model that was not held to the form, is handed out as text. For one
 * thread.
 */
public final class CallReader {
  /** A call up to its arguments, if it is written in the usual order. */
  private static final Pattern HEAD = Pattern.compile("\\s*\\{\\s*(?:\"type\"\\s*:\\s*\"function\"\\s*,\\s*)?"
      + "\"name\"\\s*:\\s*(\"(?:[^\"\\\\]|\\\\.)*\")\\s*,\\s*\"(?:arguments|parameters)\"\\s*:\\s*(?=\\{)");

  private enum State {
    /** Text, in which a call may begin. */
    TEXT,
    /** A call whose name is not known yet. */
    HEAD,
    ARGUMENTS,
    /** Behind the arguments, before the end of the call. */
    TAIL,
    /** Text in which no call can begin any more. */
    PROSE
  }

  private final ToolSyntax syntax;
  private final Supplier<String> ids;
  private final List<ToolCall> calls = new ArrayList<>();
  private final List<TokenScore> scores = new ArrayList<>();
  private final StringBuilder held = new StringBuilder();
  private final StringBuilder arguments = new StringBuilder();
  private JsonScan scan = new JsonScan();
  private State state = State.TEXT;
  private List<Piece> out = new ArrayList<>();
  private String id = "";
  private String name = "";

  /** A reader whose calls have random ids: {@code call_} and 24 hexadecimal digits. */
  public CallReader(ToolSyntax syntax) {
    this(syntax, CallReader::randomId);
  }

  /**
   * A reader.
   *
   * @param ids gives each call its id
   */
  public CallReader(ToolSyntax syntax, Supplier<String> ids) {
    this.syntax = syntax;
    this.ids = ids;
  }

  private static String randomId() {
    byte[] bytes = new byte[12];
    new SecureRandom().nextBytes(bytes);
    return "call_" + HexFormat.of().formatHex(bytes);
  }

  /** Takes more of the text and returns what is certain by now. */
  public List<Piece> next(String text) {
    return next(text, List.of());
  }

  /**
   * Takes more of the text and returns what is certain by now.
   *
   * @param of the tokens in it; they are handed out with the next text, or alone where it belongs to a call
   */
  public List<Piece> next(String text, List<TokenScore> of) {
    scores.addAll(of);
    held.append(text);
    return read(false);
  }

  /** Returns what was held back, now that nothing follows. */
  public List<Piece> end() {
    return read(true);
  }

  /** The calls so far; the last one's arguments may be cut short, if the text was. */
  public List<ToolCall> calls() {
    List<ToolCall> all = new ArrayList<>(calls);
    if (state == State.ARGUMENTS) {
      all.add(new ToolCall(id, name, arguments.toString()));
    }
    return all;
  }

  private List<Piece> read(boolean ended) {
    out = new ArrayList<>();
    boolean more = true;
    while (more) {
      more = switch (state) {
        case TEXT -> text(ended);
        case HEAD -> head(ended);
        case ARGUMENTS -> arguments();
        case TAIL -> tail();
        case PROSE -> {
          show(held.length());
          yield false;
        }
      };
    }
    if (!scores.isEmpty() && (ended || state != State.TEXT)) {
      out.add(new Piece.Text("", scores));
      scores.clear();
    }
    return out;
  }

  /** Hands out the beginning of the held text. */
  private void show(int length) {
    if (length > 0) {
      out.add(new Piece.Text(held.substring(0, length), scores));
      scores.clear();
      held.delete(0, length);
    }
  }

  private boolean text(boolean ended) {
    int tag = syntax.open().isEmpty() ? -1 : held.indexOf(syntax.open());
    if (tag >= 0) {
      show(withoutBlanks(tag));
      held.delete(0, held.indexOf(syntax.open()) + syntax.open().length());
      state = State.HEAD;
      return true;
    }
    if (syntax.open().isEmpty()) {
      int first = 0;
      while (first < held.length() && Character.isWhitespace(held.charAt(first))) {
        first++;
      }
      if (first < held.length()) {
        state = held.charAt(first) == '{' ? State.HEAD : State.PROSE;
        return true;
      }
    }
    if (!ended) {
      show(syntax.open().isEmpty() ? 0 : withoutBlanks(held.length() - beginningOfTag()));
    } else if (calls.isEmpty() || !held.toString().isBlank()) {
      show(held.length());
    }
    return false;
  }

  /** Length without white space at its end, which is dropped if a call follows. */
  private int withoutBlanks(int length) {
    int shown = length;
    while (shown > 0 && Character.isWhitespace(held.charAt(shown - 1))) {
      shown--;
    }
    return shown;
  }

  /** Length of the longest end of the held text with which a tag begins. */
  private int beginningOfTag() {
    for (int n = Math.min(syntax.open().length() - 1, held.length()); n > 0; n--) {
      if (syntax.open().startsWith(held.substring(held.length() - n))) {
        return n;
      }
    }
    return 0;
  }

  private boolean head(boolean ended) {
    Matcher head = HEAD.matcher(held);
    if (head.lookingAt()) {
      begin(Json.read(head.group(1), String.class));
      held.delete(0, head.end());
      state = State.ARGUMENTS;
      return true;
    }
    if (head.hitEnd() && !ended) {
      return false;
    }
    // In another order, or something else: it is seen when the object is complete.
    int end = new JsonScan().end(held);
    if (end < 0 && !ended && held.toString().stripLeading().startsWith("{")) {
      return false;
    }
    if (end < 0 || !whole(held.substring(0, end))) {
      held.insert(0, syntax.open());
      state = State.PROSE;
      return true;
    }
    held.delete(0, end);
    state = syntax.close().isEmpty() ? State.TEXT : State.TAIL;
    return true;
  }

  private void begin(String called) {
    id = ids.get();
    name = called;
    arguments.setLength(0);
    scan = new JsonScan();
    out.add(new Piece.CallBegun(calls.size(), id, name));
  }

  /** A call in another order of its properties, or with arguments as a text. */
  private boolean whole(String text) {
    JsonNode call;
    try {
      call = Json.mapper().readTree(text);
    } catch (JacksonException e) {
      return false;
    }
    JsonNode given = call.path("arguments").isMissingNode() ? call.path("parameters") : call.path("arguments");
    if (!call.path("name").isString() || given.isMissingNode()) {
      return false;
    }
    begin(call.path("name").asString());
    arguments.append(given.isString() ? given.asString() : given.isNull() ? "{}" : given.toString());
    out.add(new Piece.CallArguments(calls.size(), arguments.toString()));
    calls.add(new ToolCall(id, name, arguments.toString()));
    return true;
  }

  private boolean arguments() {
    int end = scan.end(held);
    int length = end < 0 ? held.length() : end;
    if (length > 0) {
      String json = held.substring(0, length);
      arguments.append(json);
      out.add(new Piece.CallArguments(calls.size(), json));
      held.delete(0, length);
    }
    if (end >= 0) {
      calls.add(new ToolCall(id, name, arguments.toString()));
      state = State.TAIL;
    }
    return end >= 0;
  }

  private boolean tail() {
    String last = syntax.close().isEmpty() ? "}" : syntax.close();
    int end = held.indexOf(last);
    if (end >= 0) {
      held.delete(0, end + last.length());
      state = State.TEXT;
    }
    return end >= 0;
  }
}
