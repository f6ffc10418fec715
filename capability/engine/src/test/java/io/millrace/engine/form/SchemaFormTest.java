// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.core.generation.OutputFormat;
import io.millrace.core.generation.OutputFormat.JsonSchema;
import io.millrace.core.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import java.math.BigDecimal;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

class SchemaFormTest {
  private final Forms forms = new Forms(Vocabularies.bytes());

  private OutputForm form(String schema) {
    return forms.of(new JsonSchema(Json.read(schema, JsonNode.class)));
  }

  private void assertReads(String schema, List<String> read, List<String> refused) {
    OutputForm form = form(schema);
    read.forEach(text -> assertThat(Reading.reads(form, text)).as("reads %s", text).isTrue());
    refused.forEach(text -> assertThat(Reading.reads(form, text)).as("refuses %s", text).isFalse());
  }

  static Stream<Arguments> texts() {
    return Stream.of(
        arguments("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"boolean\"},\"b\":{\"type\":\"null\"},\"c\":{\"const\":1}},\"required\":[\"b\"]}",
            List.of("{\"b\":null}", "{\"a\":true,\"b\":null,\"c\":1}", "{\"b\": null, \"c\": 1}"),
            List.of("{}", "{\"a\":true}", "{\"b\":null,\"a\":true}", "{\"b\":  null}", "{\"b\":null }",
            "{\"b\":null,}", "{\"b\":null,\"d\":1}", " {\"b\":null}")),
        arguments("{\"type\":\"object\",\"properties\":{\"a\":true,\"ab\":true},\"additionalProperties\":{\"type\":\"integer\"}}",
            List.of("{\"a\":[],\"ab\":{},\"b\":1,\"abc\":2,\"\":3}", "{\"x\":-4}", "{\"aa\":0}"),
            List.of("{\"x\":true}", "{\"x\":1,\"a\":2}", "{\"\\u0061\":1}", "{\"a\":1,\"a\":2}")),
        arguments("{\"type\":\"object\",\"patternProperties\":{\"^n\":{\"type\":\"integer\"},\"s$\":{\"type\":\"string\"}},\"additionalProperties\":false}",
            List.of("{\"n\":1,\"s\":\"x\"}", "{\"xs\":\"\"}", "{}"),
            List.of("{\"x\":1}", "{\"n\":\"1\"}", "{\"ns\":1}", "{\"ns\":\"x\"}")),
        arguments("{\"type\":\"object\",\"propertyNames\":{\"pattern\":\"^[a-z]+$\"},\"additionalProperties\":{\"type\":\"null\"},\"minProperties\":1,\"maxProperties\":2}",
            List.of("{\"a\":null}", "{\"a\":null,\"b\":null}"),
            List.of("{}", "{\"A\":null}", "{\"a\":null,\"b\":null,\"c\":null}")),
        arguments("{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"minItems\":2,\"maxItems\":3}",
            List.of("[1,2]", "[1, 2,3]"), List.of("[1]", "[1,2,3,4]", "[1,,2]", "[]", "[ 1,2]")),
        arguments("{\"prefixItems\":[{\"const\":\"a\"},{\"type\":\"boolean\"}],\"items\":{\"type\":\"null\"},\"minItems\":1}",
            List.of("[\"a\"]", "[\"a\",true]", "[\"a\",true,null,null]"), List.of("[]", "[true]", "[\"a\",null]")),
        arguments("{\"items\":{\"enum\":[\"x\",\"y\",3]},\"uniqueItems\":true,\"minItems\":2}",
            List.of("[\"x\",3]", "[\"x\",\"y\",3]"), List.of("[\"x\"]", "[3,\"x\"]", "[\"x\",\"x\"]")),
        arguments("{\"enum\":[\"a\\\"b\",{\"k\":[1,null]},1.50,2e2,\"é\",true]}",
            List.of("\"a\\\"b\"", "{\"k\":[1,null]}", "{\"k\": [1, null]}", "1.5", "200", "\"é\"", "true"),
            List.of("1.50", "\"a\"", "false", "\"\\u00e9\"")),
        arguments("{\"type\":[\"string\",\"null\"],\"maxLength\":2}",
            List.of("null", "\"\"", "\"éé\"", "\"\\ud83d\\ude00\ud83d\ude00\"", "\"\\n\\/\""),
            List.of("\"abc\"", "true")),
        arguments("{\"type\":\"string\",\"minLength\":2,\"maxLength\":3,\"pattern\":\"b\"}",
            List.of("\"ab\"", "\"\\\"b\"", "\"ébé\""), List.of("\"b\"", "\"aabb\"", "\"aa\"")),
        arguments("{\"type\":\"string\",\"nullable\":true}", List.of("null", "\"x\""), List.of("1")),
        arguments("{\"$ref\":\"#/$defs/list\",\"$defs\":{\"list\":{\"type\":\"object\",\"properties\":{\"v\":{\"type\":\"integer\"},"
            + "\"next\":{\"anyOf\":[{\"$ref\":\"#/$defs/list\"},{\"type\":\"null\"}]}},\"required\":[\"v\",\"next\"]}}}",
            List.of("{\"v\":1,\"next\":null}", "{\"v\":1,\"next\":{\"v\":2,\"next\":null}}"),
            List.of("{\"v\":1}", "{\"v\":1,\"next\":{}}")),
        arguments("{\"$id\":\"https://example.org/tree\",\"type\":\"array\",\"items\":{\"$ref\":\"#node\"},\"$defs\":{\"n\":{\"$anchor\":\"node\",\"type\":\"array\","
            + "\"items\":{\"$ref\":\"https://example.org/tree\"}}}}", List.of("[[[[]]]]", "[]"), List.of("[1]")),
        arguments("{\"allOf\":[{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\",\"minimum\":2}},\"required\":[\"a\"]},"
            + "{\"properties\":{\"a\":{\"type\":\"integer\",\"maximum\":4},\"b\":{\"type\":\"null\"}}}]}",
            List.of("{\"a\":2}", "{\"a\":4,\"b\":null}"),
            List.of("{\"a\":1}", "{\"a\":2.5}", "{\"b\":null}", "{\"a\":5}")),
        arguments("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"null\"},\"b\":{\"type\":\"null\"}},\"anyOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}]}",
            List.of("{\"a\":null}", "{\"b\":null}", "{\"a\":null,\"b\":null}"), List.of("{}")),
        arguments("{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"k\":{\"const\":\"a\"},\"x\":{\"type\":\"null\"}},\"required\":[\"k\"]},"
            + "{\"type\":\"object\",\"properties\":{\"k\":{\"const\":\"b\"}},\"required\":[\"k\"]},{\"type\":\"string\"}]}",
            List.of("{\"k\":\"a\",\"x\":null}", "{\"k\":\"b\"}", "\"s\""), List.of("{\"k\":\"b\",\"x\":null}", "{}")),
        arguments("{\"properties\":{\"a\":{\"type\":\"null\"}},\"required\":[\"a\",\"z\"],\"unevaluatedProperties\":false}",
            List.of("{\"a\":null,\"z\":[1,{\"q\":2}]}"), List.of("{\"a\":null}", "{\"a\":null,\"z\":1,\"y\":2}")),
        arguments("{\"type\":\"object\",\"minProperties\":2,\"properties\":{\"a\":{\"type\":\"null\"},\"b\":{\"type\":\"null\"},\"c\":{\"type\":\"null\"}}}",
            List.of("{\"a\":null,\"c\":null}", "{\"a\":null,\"b\":null,\"c\":null}"), List.of("{}", "{\"b\":null}")),
        arguments("true", List.of("{\"a\":[1,\"x\",null]}", "-1.5e-3", "\"\""),
        List.of("", "tru", "01", "1.", ".5", "+1", "[1,]", "nul")),
        arguments("{\"description\":\"anything\",\"x-order\":3}", List.of("[]"), List.of("]")));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void readsWhatTheSchemaSaysInTheOrderOfTheSchema(String schema, List<String> read, List<String> refused) {
    assertReads(schema, read, refused);
  }

  @ParameterizedTest
  @CsvSource({"-17,210", "0,0", "1,9", "-5,-3", "99,1001", "-1000,1000", "7,", ",-12"})
  void wholeNumbersAreBoundedExactly(Integer least, Integer most) {
    OutputForm form = form("{\"type\":\"integer\"" + (least == null ? "" : ",\"minimum\":" + least)
        + (most == null ? "" : ",\"maximum\":" + most) + "}");
    for (int n = -1100; n <= 1100; n++) {
      assertThat(Reading.reads(form, String.valueOf(n))).as("%d", n)
          .isEqualTo((least == null || n >= least) && (most == null || n <= most));
    }
    assertThat(Reading.reads(form, "-0")).isFalse();
    assertThat(Reading.reads(form, "007")).isFalse();
  }

  @Test
  void decimalsAreComparedDigitByDigit() {
    Random random = new Random(5);
    for (int i = 0; i < 60; i++) {
      BigDecimal least = BigDecimal.valueOf(random.nextInt(4_000) - 2_000, random.nextInt(4));
      BigDecimal most = least.add(BigDecimal.valueOf(random.nextInt(2_000), random.nextInt(3)));
      boolean leastIn = random.nextBoolean();
      boolean mostIn = random.nextBoolean();
      if (least.compareTo(most) == 0 && !(leastIn && mostIn)) {
        continue;
      }
      OutputForm form = form("{\"type\":\"number\",\"%s\":%s,\"%s\":%s}".formatted(leastIn ? "minimum"
          : "exclusiveMinimum", least.toPlainString(),
          mostIn ? "maximum" : "exclusiveMaximum", most.toPlainString()));
      for (int n = 0; n < 60; n++) {
        BigDecimal near = (random.nextBoolean() ? least
            : most).add(BigDecimal.valueOf(random.nextInt(21) - 10, random.nextInt(5)));
        boolean in = (leastIn ? near.compareTo(least) >= 0 : near.compareTo(least) > 0)
            && (mostIn ? near.compareTo(most) <= 0 : near.compareTo(most) < 0);
        if (near.signum() != 0) {
          assertThat(Reading.reads(form, near.toPlainString())).as("%s in %s..%s", near, least, most).isEqualTo(in);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"7", "10", "0.5", "0.25", "0.01", "1.2", "300"})
  void multiplesAreExact(BigDecimal multiple) {
    OutputForm form = form("{\"type\":\"number\",\"minimum\":-2000,\"maximum\":2000,\"multipleOf\":" + multiple + "}");
    for (int n = -3_000; n < 3_000; n += 7) {
      BigDecimal number = BigDecimal.valueOf(n, 2 - Math.floorMod(n, 3));
      if (number.signum() != 0) {
        assertThat(Reading.reads(form, number.toPlainString())).as("%s", number)
            .isEqualTo(number.remainder(multiple).signum() == 0 && number.abs().intValue() <= 2_000
                && number.scale() <= Math.max(0, multiple.scale()));
      }
    }
  }

  @Test
  void wholeNumbersFit64BitsAndTheLargestCanBeWritten() {
    assertReads("{\"type\":\"integer\"}", List.of("9223372036854775807", "-9223372036854775808", "0"),
        List.of("9223372036854775808", "-9223372036854775809"));
    assertReads("{\"type\":\"integer\",\"format\":\"int32\"}", List.of("2147483647"), List.of("2147483648"));
    assertReads("{\"type\":\"integer\",\"minimum\":100000000000000000000,\"maximum\":100000000000000000001}",
        List.of("100000000000000000001"),
        List.of("99999999999999999999"));
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        arguments("{\"type\":\"object\",\"properties\":{\"a/b\":{\"not\":{\"type\":\"null\"}}}}",
        "#/properties/a~1b cannot be used: 'not' is not supported"),
        arguments("{\"maximun\":3}", "# cannot be used: 'maximun' is not supported; supported are ["),
        arguments("{\"items\":{\"if\":true}}", "#/items cannot be used: 'if'"),
        arguments("{\"type\":\"strin\"}", "type 'strin' is none of [array"),
        arguments("{\"minItems\":3,\"maxItems\":2}", "at #, no array has at least 3 and at most 2 items"),
        arguments("{\"type\":\"string\",\"enum\":[1,2]}",
        "at #, no listed value is admitted by the rest of the schema"),
        arguments("{\"type\":\"string\",\"minLength\":3,\"maxLength\":2}", "at #, no string has the length"),
        arguments("{\"type\":\"integer\",\"minimum\":1.2,\"maximum\":1.8}", "at #, no number is in [1.2, 1.8]"),
        arguments("{\"type\":\"number\",\"exclusiveMinimum\":1,\"maximum\":1}", "no number is in (1, 1]"),
        arguments("{\"type\":\"integer\",\"minimum\":1,\"maximum\":6,\"multipleOf\":7}", "and a multiple of [7]"),
        arguments("{\"required\":[\"a\"],\"properties\":{\"a\":false}}", "the required property 'a' can have no value"),
        arguments("{\"properties\":{\"a\":{\"allOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}},\"required\":[\"a\"]}", "at #/properties/a, the types exclude each other"),
        arguments("{\"maxProperties\":1,\"required\":[\"a\",\"b\"]}",
        "no object has at least 2 and at most 1 properties"),
        arguments("false", "false admits nothing"),
        arguments("3", "it is 3, not an object, true or false"),
        arguments("{\"$ref\":\"#\"}", "comes back to itself"),
        arguments("{\"anyOf\":[{\"$ref\":\"#\"},{\"type\":\"null\"}]}",
        "#/anyOf/0 cannot be used: $ref '#' comes back to itself"),
        arguments("{\"$ref\":\"#/$defs/gone\"}", "points to nothing"),
        arguments("{\"$ref\":\"https://example.org/other.json\"}", "another document"),
        arguments("{\"type\":\"object\",\"properties\":{\"n\":{\"$ref\":\"#\"}},\"required\":[\"n\"]}",
        "no text has the required form: it has no end"),
        arguments("{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"number\"}]}",
        "oneOf has alternatives 0 and 1, for both of which a value might be valid; say anyOf"),
        arguments("{\"type\":\"string\",\"format\":\"phone\"}",
        "format 'phone' is not supported; supported are [binary"),
        arguments("{\"type\":\"string\",\"pattern\":\"(?=x)\"}", "#: cannot be used: pattern".replace("#:", "#")),
        arguments("{\"uniqueItems\":true,\"items\":{\"type\":\"integer\"}}",
        "uniqueItems, unless the items are values of an enum"),
        arguments("{\"minLength\":-1}", "minLength must be a whole number from 0 on"),
        arguments("{\"minLength\":\"3\"}", "minLength must be a number"),
        arguments("{\"enum\":[]}", "enum must be a list of values"),
        arguments("{\"anyOf\":{}}", "anyOf must be a list of schemas"),
        arguments("{\"properties\":[]}", "properties must be an object of schemas"),
        arguments("{\"items\":[{}]}", "prefixItems"),
        arguments("{\"multipleOf\":0}", "multipleOf must be above 0"),
        arguments("{\"multipleOf\":0.123456789}", "multipleOf 0.123456789 has too many digits"),
        arguments("{\"minProperties\":3,\"additionalProperties\":true}",
        "minProperties 3 where others than the listed"),
        arguments("{\"required\":\"a\"}", "required must be a list of strings"),
        arguments("{\"type\":\"string\",\"pattern\":\"(a|b)*a(a|b){24}\"}", "pattern '(a|b)*a(a|b){24}' is too large"),
        arguments("{\"type\":\"string\",\"pattern\":\"^[a-z ]*$\",\"maxLength\":9999999}",
        "maxLength together with a pattern"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refusesWithKeywordAndPointer(String schema, String message) {
    assertThatIllegalArgumentException().isThrownBy(() -> form(schema)).withMessageContaining(message);
  }

  @Test
  void alternativesWithoutValuesAreLeftOut() {
    assertReads("{\"anyOf\":[{\"type\":\"string\",\"minLength\":5,\"maxLength\":4},{\"type\":\"null\"}]}",
        List.of("null"), List.of("\"aaaaa\""));
    assertReads("{\"type\":\"object\",\"properties\":{\"a\":false,\"b\":{\"type\":\"null\"}}}",
        List.of("{}", "{\"b\":null}"), List.of("{\"a\":1}"));
    assertReads("{\"enum\":[\"a\",1,\"bb\"],\"type\":\"string\",\"maxLength\":1}", List.of("\"a\""),
        List.of("1", "\"bb\""));
  }

  @Test
  void longStringsAndListsAreCountedAndNotWrittenOut() {
    OutputForm string = form("{\"type\":\"string\",\"minLength\":5000,\"maxLength\":5001}");
    assertThat(Reading.reads(string, "\"" + "é".repeat(5_001) + "\"")).isTrue();
    assertThat(Reading.reads(string, "\"" + "é".repeat(5_002) + "\"")).isFalse();
    assertThat(Reading.reads(string, "\"" + "é".repeat(4_999) + "\"")).isFalse();
    OutputForm list = form("{\"items\":{\"properties\":{\"a\":{\"type\":\"integer\"}}},\"minItems\":300,\"maxItems\":1000000}");
    assertThat(Reading.reads(list, "[{}" + ",{\"a\":1}".repeat(299) + "]")).isTrue();
    assertThat(Reading.reads(list, "[{}" + ",{\"a\":1}".repeat(298) + "]")).isFalse();
  }

  @Test
  void hugeDocumentsAreCompiledOrRefusedSoon() {
    StringBuilder properties = new StringBuilder();
    for (int i = 0; i < 400; i++) {
      properties.append(i == 0 ? ""
          : ",").append("\"property%d\":{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"string\",\"format\":\"date\"}}}".formatted(i));
    }
    assertThat(form("{\"type\":\"object\",\"properties\":{" + properties + "}}").shortest()).isEqualTo(2);
    StringBuilder doubling = new StringBuilder("{\"$ref\":\"#/$defs/d0\",\"$defs\":{\"d40\":{\"type\":\"null\"}");
    for (int i = 0; i < 40; i++) {
      doubling.append(",\"d%d\":{\"prefixItems\":[{\"$ref\":\"#/$defs/d%d\"},{\"$ref\":\"#/$defs/d%d\"}]}".formatted(i,
          i + 1, i + 1));
    }
    assertThat(form(doubling + "}}").shortest()).isEqualTo(2);
    String choices = "{\"anyOf\":[{\"minLength\":1},{\"maxLength\":9}]},".repeat(30);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> form("{\"type\":\"string\",\"allOf\":[" + choices.substring(0, choices.length() - 1) + "]}"))
        .withMessageContaining("more than 1000 alternatives");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> form("{\"type\":\"object\",\"maxProperties\":300,\"properties\":{" + properties + "}}"))
        .withMessageContaining("the schema at # is too large a form");
  }

  @Test
  void anyObjectNests() {
    OutputForm form = forms.of(OutputFormat.JSON);
    assertThat(Reading.reads(form,
        "{\"a\": {\"b\":[{}, [], -0.5e+10, \"\\u00e9\\ud83d\\ude00\"]},\"c\":null}")).isTrue();
    for (String text : List.of("[]", "{\"a\":\"\\ud83d\"}", "{\"a\":\"\\ude00\\ud83d\"}", "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}", "{a:1}", "{\"a\":1e999}", "{\"a\" :1}")) {
      assertThat(Reading.reads(form, text)).as(text).isFalse();
    }
  }
}
