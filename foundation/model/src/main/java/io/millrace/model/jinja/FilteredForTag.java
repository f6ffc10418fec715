// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.jinja;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.JinjavaInterpreter.InterpreterScopeClosable;
import com.hubspot.jinjava.lib.tag.ForTag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.tree.parse.TagToken;
import com.hubspot.jinjava.util.ObjectIterator;
import com.hubspot.jinjava.util.ObjectTruthValue;
import org.apache.commons.lang3.tuple.Pair;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Loops with a condition, {@code for x in items if condition}, which count only what passes, and with an {@code else} for no
 * items: the library would find nothing, and leave the latter out, without a word.
 */
final class FilteredForTag extends ForTag {
  private static final long serialVersionUID = 1L;

  @Override
  public String interpretUnchecked(TagNode node, JinjavaInterpreter interpreter) {
    Pair<List<String>, String> parts = getLoopVarsAndExpression((TagToken) node.getMaster());
    List<String> names = parts.getLeft();
    List<Object> items = items(node, interpreter, names, parts.getRight());
    List<Node> body = node.getChildren();
    int otherwise = 0;
    while (otherwise < body.size() && !(body.get(otherwise) instanceof TagNode tag && tag.getName().equals("else"))) {
      otherwise++;
    }
    if (items.isEmpty()) {
      StringBuilder text = new StringBuilder();
      body.stream().skip(otherwise + 1).forEach(child -> text.append(child.render(interpreter)));
      return text.toString();
    }
    TagNode loop = new TagNode(this, (TagToken) node.getMaster(), node.getSymbols());
    loop.getChildren().addAll(body.subList(0, otherwise));
    try (InterpreterScopeClosable _ = interpreter.enterScope()) {
      List<Object> previous = new ArrayList<>(items);
      previous.addFirst(null);
      interpreter.getContext().put(PythonSyntax.PREVIOUS, previous);
      interpreter.getContext().put(PythonSyntax.NEXT, items.subList(1, items.size()));
      return renderForCollection(loop, interpreter, names, items);
    }
  }

  private static List<Object> items(TagNode node, JinjavaInterpreter interpreter, List<String> names, String expression) {
    int condition = condition(expression);
    String source = condition < 0 ? expression : expression.substring(0, condition);
    List<Object> items = new ArrayList<>();
    ObjectIterator.getLoop(interpreter.resolveELExpression(source, node.getLineNumber()))
        .forEachRemaining(item -> items.add(interpreter.wrap(item)));
    if (condition >= 0) {
      String wanted = expression.substring(condition + " if ".length());
      items.removeIf(item -> {
        try (InterpreterScopeClosable _ = interpreter.enterScope()) {
          bind(interpreter, names, item);
          return !ObjectTruthValue.evaluate(interpreter.resolveELExpression(wanted, node.getLineNumber()));
        }
      });
    }
    return items;
  }

  private static void bind(JinjavaInterpreter interpreter, List<String> names, Object item) {
    List<?> values = switch (item) {
      case Object one when names.size() == 1 -> List.of(one);
      case Map.Entry<?, ?> pair -> Arrays.asList(pair.getKey(), pair.getValue());
      case List<?> several -> several;
      case null, default -> List.of();
    };
    for (int i = 0; i < names.size(); i++) {
      interpreter.getContext().put(names.get(i), i < values.size() ? values.get(i) : null);
    }
  }

  /** Where the condition begins: an {@code if} outside of quotes and brackets; negative if there is none. */
  private static int condition(String expression) {
    int depth = 0;
    char quote = 0;
    for (int i = 0; i < expression.length(); i++) {
      char c = expression.charAt(i);
      if (quote != 0) {
        if (c == '\\') {
          i++;
        } else if (c == quote) {
          quote = 0;
        }
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if ("([{".indexOf(c) >= 0) {
        depth++;
      } else if (")]}".indexOf(c) >= 0) {
        depth--;
      } else if (depth == 0 && expression.startsWith(" if ", i)) {
        return i;
      }
    }
    return -1;
  }
}
