// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.core.json.Json;
import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.Identity;
import io.millrace.formats.draft.UnreadableFile;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * JSON lines, and JSON with a list of objects: pairs of questions and answers, dialogues, or records, a line each. Other JSON is
 * kept as code.
 */
final class JsonReader implements FormatReader {

  private static final int MOST_NAMED = 5;

  @Override
  public void read(FileContent file, Draft draft) throws UnreadableFile {
    String text = file.text(draft);
    draft.title(Identity.stem(file.name()));
    if (!Identity.extension(file.name()).equals("json")) {
      records(lines(text, draft), draft);
      return;
    }
    JsonNode tree;
    try {
      tree = Json.read(text, JsonNode.class);
    } catch (IllegalArgumentException e) {
      // Many files of JSON lines are named .json.
      List<JsonNode> lines = lines(text, draft);
      records(lines, draft);
      return;
    }
    List<JsonNode> list = list(tree);
    if (list.isEmpty()) {
      draft.documentKind("code");
      text.lines().forEach(draft::lines);
    } else {
      for (Map.Entry<String, JsonNode> beside : tree.properties()) {
        String value = value(beside.getValue());
        if (!beside.getValue().isContainer() && !value.isBlank()) {
          draft.lines(beside.getKey() + ": " + value);
        }
      }
      records(list, draft);
    }
  }

  private static List<JsonNode> lines(String text, Draft draft) throws UnreadableFile {
    List<JsonNode> nodes = new ArrayList<>();
    List<Integer> broken = new ArrayList<>();
    int number = 0;
    for (String line : (Iterable<String>) text.lines()::iterator) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      try {
        JsonNode node = Json.read(line, JsonNode.class);
        if (node.isObject()) {
          nodes.add(node);
        } else {
          broken.add(number);
        }
      } catch (IllegalArgumentException e) {
        broken.add(number);
      }
    }
    if (nodes.isEmpty()) {
      throw new UnreadableFile("none of its lines is a JSON object");
    }
    if (!broken.isEmpty()) {
      draft.leftOut(
          broken.size() + " lines are no JSON objects and were left out: "
              + String.join(", ", broken.stream().limit(MOST_NAMED).map(String::valueOf).toList())
              + (broken.size() > MOST_NAMED ? ", …" : ""));
    }
    return nodes;
  }

  /** The list of objects that a file is, or that stands in its object beside plain values only. */
  private static List<JsonNode> list(JsonNode tree) {
    JsonNode list = tree;
    if (tree.isObject()) {
      List<JsonNode> containers = tree.values().stream().filter(JsonNode::isContainer).toList();
      list = containers.size() == 1 ? containers.getFirst() : tree;
    }
    if (!list.isArray()) {
      return List.of();
    }
    List<JsonNode> objects = list.values().stream().filter(JsonNode::isObject).toList();
    return objects.size() == list.size() ? objects : List.of();
  }

  private static void records(List<JsonNode> records, Draft draft) {
    Set<String> names = new LinkedHashSet<>();
    records.forEach(record -> names.addAll(record.propertyNames()));
    List<String> header = new ArrayList<>(names);
    if (header.contains("messages")) {
      header.addAll(0, List.of("question", "answer"));
    }
    Rows rows = new Rows(draft);
    rows.row(header);
    draft.documentKind(rows.ofQuestions() ? "questions" : "table");
    for (JsonNode record : records) {
      List<String> row = new ArrayList<>();
      for (String name : header) {
        boolean turn = names.contains("messages") && (name.equals("question") || name.equals("answer"));
        row.add(
            turn && record.path(name).isMissingNode()
                ? said(record.path("messages"), name.equals("question") ? "user" : "assistant")
                : name.equals("messages") ? "" : value(record.path(name)));
      }
      rows.row(row);
    }
    rows.end();
  }

  /** What somebody says first in a dialogue. */
  private static String said(JsonNode messages, String role) {
    for (JsonNode message : messages) {
      if (message.path("role").asString("").equals(role)) {
        return value(message.path("content"));
      }
    }
    return "";
  }

  private static String value(JsonNode node) {
    if (node.isMissingNode() || node.isNull()) {
      return "";
    }
    if (node.isArray()) {
      return String.join("; ", node.values().stream().map(JsonReader::value).filter(text -> !text.isBlank()).toList());
    }
    return node.isString() ? node.asString() : node.toString();
  }
}
