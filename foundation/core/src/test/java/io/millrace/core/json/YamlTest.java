// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class YamlTest {

  @TempDir private Path folder;

  record Wheel(String name, int teeth) {
    Wheel {
      if (teeth < 3) {
        throw new IllegalArgumentException("wheel '" + name + "' has " + teeth + " teeth");
      }
    }
  }

  record Mill(List<Wheel> wheels, Map<String, Wheel> named) {}

  private Mill read(String yaml) throws IOException {
    return Yaml.read(Files.writeString(folder.resolve("mill.yaml"), yaml), Mill.class);
  }

  @Test
  void namesTheLineOfTheElementThatDoesNotFitAndNotThatOfTheFirst() {
    assertThatThrownBy(() -> read("""
        # Wheels of the mill.
        wheels:
          - name: great
            teeth: 90

          # Too small.
          - name: small
            teeth: 2
        """))
        .hasMessageContaining("mill.yaml, line 7: wheels.[1]: wheel 'small' has 2 teeth");
  }

  @Test
  void namesTheLineOfAKeyThatStoodBeforeInAnotherElement() {
    assertThatThrownBy(() -> read("wheels:\n- {name: great, teeth: 90}\n- {name: small,\n   teeth: many}\n"))
        .hasMessageContaining("mill.yaml, line 4: wheels.[1].teeth");
    assertThatThrownBy(() -> read("wheels:\n- {name: great, teeth: 90}\nnamed:\n  great:\n    name: great\n    teeth: 1\n"))
        .hasMessageContaining("mill.yaml, line 4: named.great: wheel 'great' has 1 teeth");
  }

  @Test
  void readsWhatFits() throws IOException {
    assertThat(read("wheels: [{name: great, teeth: 90}]").wheels()).containsExactly(new Wheel("great", 90));
  }
}
