// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.millrace.core.generation.OutputFormat.JsonSchema;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** Every text that a model without any knowledge writes is valid, as another implementation of JSON Schema sees it. */
class SchemaFuzzTest {
  private static final int SCHEMAS = 500;
  private static final JsonMapper READER =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private final SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  @Test
  void everyTextIsValid() {
    List<Vocabulary> vocabularies = List.of(Vocabularies.bytes(), Vocabularies.acrossStructure(),
        Vocabularies.trained(700, 1), Vocabularies.trained(2_000, 2));
    List<Forms> forms = vocabularies.stream().map(Forms::new).toList();
    List<String> refused = new ArrayList<>();
    int texts = 0;
    for (int i = 0; i < SCHEMAS; i++) {
      JsonNode schema = new RandomSchema(i).next();
      for (int v = 0; v < vocabularies.size(); v++) {
        OutputForm form;
        try {
          form = forms.get(v).of(new JsonSchema(schema));
        } catch (IllegalArgumentException e) {
          refused.add(e.getMessage() + "   " + schema);
          break;
        }
        Schema judge = registry.getSchema(schema);
        for (int n = 0; n < 2; n++) {
          RandomModel model = new RandomModel(vocabularies.get(v), 31L * i + 7 * v + n);
          int tokens = form.shortest() + (n == 0 ? i % 5 : 150);
          String text = model.write(form, tokens);
          JsonNode value = READER.readTree(text);
          List<Error> errors = judge.validate(value, context ->
              context.executionConfig(c -> c.formatAssertionsEnabled(true)));
          assertThat(errors).as("schema %d %s%ntext %s", i, schema, text).isEmpty();
          texts++;
        }
      }
    }
    assertThat(refused.size()).as("refused: %s", String.join("\n", refused)).isLessThan(SCHEMAS / 8);
    assertThat(texts).isGreaterThan(3 * SCHEMAS);
  }
}
