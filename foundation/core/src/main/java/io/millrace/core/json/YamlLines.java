// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.json;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.dataformat.yaml.YAMLMapper;

import java.util.List;

/** Finds the line of a place in a YAML text: of a key, or of the beginning of a list's element. */
final class YamlLines {

  private final JsonParser parser;
  private final List<JacksonException.Reference> path;

  /** The line of the deepest part of the path that was found so far; -1 for none. */
  private int line = -1;

  private YamlLines(JsonParser parser, List<JacksonException.Reference> path) {
    this.parser = parser;
    this.path = path;
  }

  /** Returns the line, from 1, of the deepest part of the path that the text has; -1 where it has none of it. */
  static int of(List<JacksonException.Reference> path, String text, YAMLMapper mapper) {
    try (JsonParser parser = mapper.createParser(text)) {
      YamlLines lines = new YamlLines(parser, path);
      parser.nextToken();
      lines.descend(0);
      return lines.line;
    } catch (JacksonException e) {
      // The text is torn, and whoever read it before has said where.
      return -1;
    }
  }

  /** Stands at the first token of a value. */
  private void descend(int depth) {
    if (depth == path.size()) {
      return;
    }
    String key = path.get(depth).getPropertyName();
    if (key != null && parser.currentToken() == JsonToken.START_OBJECT) {
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean found = parser.currentName().equals(key);
        int at = parser.currentTokenLocation().getLineNr();
        parser.nextToken();
        if (found) {
          line = at;
          descend(depth + 1);
          return;
        }
        parser.skipChildren();
      }
    } else if (key == null && parser.currentToken() == JsonToken.START_ARRAY) {
      int index = 0;
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (index++ == path.get(depth).getIndex()) {
          line = parser.currentTokenLocation().getLineNr();
          descend(depth + 1);
          return;
        }
        parser.skipChildren();
      }
    }
  }
}
