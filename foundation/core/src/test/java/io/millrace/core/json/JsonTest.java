// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.json;

import org.junit.jupiter.api.Test;

import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

class JsonTest {

  private record Held(Map<String, Integer> counts, Map<TimeUnit, Integer> units) {}

  @Test
  void mapsWithoutAnOrderAreWrittenByKey() {
    Map<String, Integer> counts = IntStream.range(0, 40).boxed().collect(Collectors.toMap(i -> "k%02d".formatted(i), i -> i));
    String expected = IntStream.range(0, 40).mapToObj(i -> "\"k%02d\":%d".formatted(i, i)).collect(Collectors.joining(",", "{", "}"));
    Map<TimeUnit, Integer> units = Map.of(TimeUnit.DAYS, 3, TimeUnit.SECONDS, 1, TimeUnit.HOURS, 2);
    assertThat(Json.write(Map.copyOf(counts))).isEqualTo(expected);
    assertThat(Json.write(new HashMap<>(counts))).isEqualTo(expected);
    assertThat(Json.write(List.of(Collections.unmodifiableMap(new HashMap<>(counts))))).isEqualTo("[" + expected + "]");
    assertThat(Json.write(new Held(Map.copyOf(counts), units)))
        .isEqualTo("{\"counts\":" + expected + ",\"units\":{\"SECONDS\":1,\"HOURS\":2,\"DAYS\":3}}");
  }

  @Test
  void anOrderThatAMapHasIsKept() {
    Map<String, Integer> map = new LinkedHashMap<>();
    map.put("z", 1);
    map.put("a", 2);
    Map<TimeUnit, Integer> units = new EnumMap<>(Map.of(TimeUnit.DAYS, 2, TimeUnit.SECONDS, 1));
    assertThat(Json.write(new Held(map, units))).isEqualTo("{\"counts\":{\"z\":1,\"a\":2},\"units\":{\"SECONDS\":1,\"DAYS\":2}}");
    assertThat(Json.write(Collections.unmodifiableSequencedMap(new LinkedHashMap<>(map)))).isEqualTo("{\"z\":1,\"a\":2}");
  }

  @Test
  void nullsEmptyMapsAndOddKeysAreWritten() {
    Map<String, Object> map = new HashMap<>();
    map.put("b", null);
    map.put("a", Map.of());
    assertThat(Json.write(map)).isEqualTo("{\"a\":{},\"b\":null}");
    assertThat(Json.write(Map.of(2, "two", 1, "one"))).isEqualTo("{\"1\":\"one\",\"2\":\"two\"}");
  }
}
