// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.data;

import io.millrace.core.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/**
 * The objects of a file, one after another: JSON lines, or one JSON array; also compressed ({@code .gz}). Which of the
 * two it is, is seen from its first character.
 */
final class JsonRecords {
  private JsonRecords() {}

  /**
   * Reads a file to its end.
   *
   * @throws IllegalArgumentException naming file and line when something in it is no JSON object, or it has none
   * @throws IOException when it cannot be read
   */
  static void read(Path file, Consumer<JsonRecord> each) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("no file " + file + ": give a file of JSON lines or a JSON array");
    }
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file));
        InputStream in = new BufferedInputStream(compressed(raw) ? new GZIPInputStream(raw) : raw)) {
      int count = first(in) == '[' ? array(file, in, each) : lines(file, in, each);
      if (count == 0) {
        throw new IllegalArgumentException(file + " holds no records");
      }
    }
  }

  /** A gzip file begins with these two bytes, whatever it is called (RFC 1952). */
  private static boolean compressed(InputStream in) throws IOException {
    in.mark(2);
    boolean compressed = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return compressed;
  }

  private static int first(InputStream in) throws IOException {
    in.mark(1 << 12);
    int c = in.read();
    // A byte-order mark, which some editors write, is EF BB BF.
    while (c == 0xef || c == 0xbb || c == 0xbf || Character.isWhitespace(c)) {
      c = in.read();
    }
    in.reset();
    return c;
  }

  private static int array(Path file, InputStream in, Consumer<JsonRecord> each) {
    int count = 0;
    try (JsonParser parser = Json.mapper().createParser(in)) {
      parser.nextToken();
      for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
        JsonRecord.Place place = new JsonRecord.Place(file, "line", parser.currentLocation().getLineNr());
        if (token == null) {
          throw place.refusal("the array is cut off: the file is incomplete");
        }
        each.accept(record(place, parser.readValueAsTree()));
        count++;
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s, line %d: not valid JSON: %s".formatted(file, e.getLocation() == null ? count : e.getLocation().getLineNr(), e.getOriginalMessage()), e);
    }
    return count;
  }

  private static int lines(Path file, InputStream in, Consumer<JsonRecord> each) throws IOException {
    int count = 0;
    int number = 0;
    BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      number++;
      String text = number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line;
      if (text.isBlank()) {
        continue;
      }
      JsonRecord.Place place = new JsonRecord.Place(file, "line", number);
      try {
        each.accept(record(place, Json.mapper().readTree(text)));
      } catch (JacksonException e) {
        throw place.refusal("not valid JSON: " + e.getOriginalMessage());
      }
      count++;
    }
    return count;
  }

  private static JsonRecord record(JsonRecord.Place place, @Nullable JsonNode json) {
    if (json == null || !json.isObject()) {
      throw place.refusal("expected an object such as {\"text\": \"…\"}, found " + JsonRecord.brief(json));
    }
    return new JsonRecord(place, json);
  }
}
