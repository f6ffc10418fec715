// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.QuantisedFolder;
import io.millrace.model.safetensors.QuantisedMatrix;
import io.millrace.model.safetensors.TensorSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class LayerwiseGptqTest {
  @TempDir
  static Path folder;

  private static Path learnt;

  @BeforeAll
  static void learn() throws IOException {
    learnt = Learnt.folder(folder.resolve("learnt"));
  }

  private static Agreement quantised(String name, Recipe recipe) throws IOException {
    Path out = folder.resolve(name);
    Quantisation.run(learnt, out, recipe, Learnt.windows(4_000, 3), CompressionProgress.SILENT);
    try (Decoder parent = QuantisedFolder.load(learnt);
        Decoder compressed = QuantisedFolder.load(out)) {
      return Agreement.of(parent, compressed, Learnt.windows(6_000, 4), CompressionProgress.SILENT);
    }
  }

  @Test
  void calibrationCostsLessThanTheNearestStep() throws IOException {
    Agreement int8 = quantised("int8", Recipe.INT8);
    Agreement nearest = quantised("int4", Recipe.INT4);
    Agreement gptq = quantised("gptq", Recipe.INT4_GPTQ);
    assertThat(int8.perplexityRise()).isCloseTo(0, within(0.005));
    assertThat(int8.divergence()).isBetween(0.0, nearest.divergence() / 4);
    assertThat(gptq.divergence()).isPositive().isLessThan(nearest.divergence());
    assertThat(gptq.sameToken()).isGreaterThan(0.9);
    assertThat(gptq.perplexityRise()).isLessThan(0.03);
  }

  @Test
  void allMatricesOfBlocksAreInFourBitsAndProgressIsShown() throws IOException {
    List<Integer> shown = new ArrayList<>();
    Path out = folder.resolve("ordered");
    Recipe recipe = Recipe.INT4.with(new Rounding.Gptq(0.01, 128, true));
    Quantisation.run(learnt, out, recipe, Learnt.windows(1_000, 3), (done, all) -> {
      assertThat(all).isEqualTo(3);
      shown.add(done);
    });
    assertThat(shown).containsExactly(0, 1, 2, 3);
    try (TensorSource source = TensorSource.openFolder(out)) {
      for (int layer = 0; layer < 3; layer++) {
        for (String name : List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
            "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")) {
          assertThat(QuantisedMatrix.find(source, "model.layers." + layer + "." + name + ".weight").orElseThrow())
              .isInstanceOf(QuantisedMatrix.Int4.class);
        }
      }
      assertThat(QuantisedMatrix.find(source, "model.embed_tokens.weight").orElseThrow())
          .isInstanceOf(QuantisedMatrix.Int8.class);
    }
  }
}
