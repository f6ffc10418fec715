// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.core.json.Json;
import io.millrace.model.safetensors.DType;
import io.millrace.model.safetensors.QuantisedMatrix;
import io.millrace.model.safetensors.SafetensorsWriter;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;
import io.millrace.model.safetensors.WeightFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class QuantisationTest {
  private static final int ROWS = 40;
  private static final int COLUMNS = 72; // two whole groups of 32 and one of 8

  @TempDir
  Path folder;

  private Path in;
  private Path out;
  private final float[] weights = new float[ROWS * COLUMNS];
  private final float[] norm = {1.5f, -2, 0.25f};

  @BeforeEach
  void writeAModel() throws IOException {
    in = Files.createDirectory(folder.resolve("in"));
    out = folder.resolve("out");
    Random random = new Random(6);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) random.nextGaussian() * 0.02f;
    }
    Arrays.fill(weights, 0, 32, 0f); // a group of nothing but zeros
    weights[40] = 3; // an outlier spoils its own group alone
    Files.writeString(in.resolve("config.json"), "{\"model_type\":\"llama\",\"hidden_size\":72}");
    Files.writeString(in.resolve("tokenizer.json"), "{}");
    write(weights);
  }

  private void write(float[] w) throws IOException {
    short[] bf16 = {0x3f80, 0x4000, (short) 0xc040, 0};
    SafetensorsWriter.write(in.resolve(TensorSource.FILE), List.of(
        TensorView.ofFloats("model.embed_tokens.weight", w, ROWS, COLUMNS),
        TensorView.ofFloats("model.norm.weight", norm, 3),
        new TensorView("lm_head.weight", DType.BF16, new long[] {2, 2}, MemorySegment.ofArray(bf16))), Map.of());
  }

  @Test
  void roundsEachWeightToWithinHalfItsGroupsStep() throws IOException {
    Quantisation.run(in, out, Recipe.INT8);
    try (TensorSource source = TensorSource.openFolder(out)) {
      TensorView q = source.tensor("model.embed_tokens.weight").requireShape(ROWS, COLUMNS);
      float[] scales = source.tensor("model.embed_tokens.weight_scale").requireShape(ROWS, 3).toFloats();
      assertThat(q.dtype()).isEqualTo(DType.I8);
      for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < COLUMNS; c++) {
          float largest = 0; // of the group, found anew
          for (int i = c / 32 * 32; i < Math.min(COLUMNS, c / 32 * 32 + 32); i++) {
            largest = Math.max(largest, Math.abs(weights[r * COLUMNS + i]));
          }
          float scale = scales[r * 3 + c / 32];
          // BF16 has eight bits: rounded up, the scale is larger by a 128th at most.
          assertThat(scale).isBetween(largest / 127, largest / 127 * (1 + 1f / 128));
          assertThat(q.floatAt(r * COLUMNS + c) * scale)
              .isCloseTo(weights[r * COLUMNS + c], within(scale * 0.50001f + 1e-12f));
        }
      }
      assertThat(source.tensor("model.norm.weight").toFloats()).isEqualTo(norm);
      assertThat(source.tensor("model.norm.weight").dtype()).isEqualTo(DType.F32);
      assertThat(source.tensor("lm_head.weight").toFloats()).containsExactly(63, 126, -127, 0);
    }
  }

  @Test
  void reportsSizeAndErrors() throws IOException {
    QuantisationReport report = Quantisation.run(in, out, Recipe.INT8);
    assertThat(report.matrices()).isEqualTo(2);
    assertThat(report.bytesBefore()).isEqualTo(4L * ROWS * COLUMNS + 12 + 8);
    assertThat(report.bytesAfter()).isEqualTo(ROWS * COLUMNS + 2L * ROWS * 3 + 12 + 4 + 4);
    assertThat(report.sizeRatio()).isLessThan(0.3);
    assertThat(report.worst().relativeError()).isBetween(report.meanError(), 0.02);
    assertThat(report.meanError()).isPositive();
    assertThat(report.worst().largestError()).isPositive().isLessThan(3.0 / 127 / 2 * 1.008);
  }

  @Test
  void makesAWholeModelFolder() throws IOException {
    Quantisation.run(in, out, Recipe.INT8);
    assertThat(out.resolve("tokenizer.json")).hasSameBinaryContentAs(in.resolve("tokenizer.json"));
    var config = Json.tree(Files.readAllBytes(out.resolve("config.json")));
    assertThat(config.path("hidden_size").asInt()).isEqualTo(72);
    assertThat(config.path("quantization_config").path("quant_method").asString()).isEqualTo("millrace-int8");
    assertThatThrownBy(() -> Quantisation.run(out, folder.resolve("again"), Recipe.INT8))
        .isInstanceOf(IOException.class).hasMessageContaining("not quantised");
    assertThatThrownBy(() -> Quantisation.run(in, in, Recipe.INT8)).hasMessageContaining("into itself");
  }

  @Test
  void leavesNothingThatLooksWholeWhenAWeightIsNotFinite() throws IOException {
    Quantisation.run(in, out, Recipe.INT8);
    float[] torn = weights.clone();
    torn[5 * COLUMNS + 7] = Float.NaN;
    write(torn);
    assertThatThrownBy(() -> Quantisation.run(in, out, Recipe.INT8)).isInstanceOf(IOException.class)
        .hasMessageContaining("model.embed_tokens.weight: row 5: weight NaN in column 7");
    assertThat(out.resolve(TensorSource.FILE)).doesNotExist();
  }

  @Test
  void oneScaleARowCostsLessSpaceAndMoreError() throws IOException {
    QuantisationReport groups = Quantisation.run(in, out, Recipe.INT8);
    QuantisationReport rows = Quantisation.run(in, folder.resolve("rows"), Recipe.INT8_ROW);
    assertThat(rows.bytesAfter()).isLessThan(groups.bytesAfter());
    assertThat(rows.meanError()).isGreaterThan(groups.meanError());
    try (TensorSource source = TensorSource.openFolder(folder.resolve("rows"))) {
      source.tensor("model.embed_tokens.weight_scale").requireShape(ROWS, 1);
      QuantisedMatrix matrix = QuantisedMatrix.find(source, "model.embed_tokens.weight").orElseThrow();
      for (int i = COLUMNS; i < 2 * COLUMNS; i++) {
        assertThat(matrix.at(1, i - COLUMNS)).isCloseTo(weights[i], within(0.02f * 5 / 127));
      }
    }
  }

  @Test
  void fourBitsAreForMatricesOfWholeGroupsAndEmbeddingsStayInEight() throws IOException {
    write(weights, "model.layers.0.mlp.up_proj.weight", 45, 64, "model.layers.0.mlp.down_proj.weight", 40, 72);
    QuantisationReport report = Quantisation.run(in, out, Recipe.INT4);
    assertThat(report.matrices()).isEqualTo(3);
    try (TensorSource source = TensorSource.openFolder(out)) {
      assertThat(source.tensor("model.layers.0.mlp.up_proj.weight").requireShape(45, 32).dtype()).isEqualTo(DType.U8);
      assertThat(source.tensor("model.layers.0.mlp.down_proj.weight").requireShape(40, 72).dtype()).isEqualTo(DType.I8);
      assertThat(source.tensor("lm_head.weight").dtype()).isEqualTo(DType.I8);
      QuantisedMatrix matrix = QuantisedMatrix.find(source, "model.layers.0.mlp.up_proj.weight").orElseThrow();
      for (int r = 0; r < 45; r++) {
        for (int g = 0; g < 2; g++) {
          double error = 0;
          double plain = 0;
          float largest = 0;
          for (int c = g * 32; c < g * 32 + 32; c++) {
            largest = Math.max(largest, Math.abs(weights[r * 64 + c]));
          }
          for (int c = g * 32; c < g * 32 + 32; c++) {
            float w = weights[r * 64 + c];
            error += Math.pow(w - matrix.at(r, c), 2);
            plain += Math.pow(w - largest / 7 * Math.round(w / (largest / 7)), 2);
          }
          // Never worse than the usual scale, but for its rounding to BF16.
          assertThat(error).isLessThanOrEqualTo(plain * 1.02 + 1e-12);
        }
      }
    }
    var config = Json.tree(Files.readAllBytes(out.resolve("config.json")));
    assertThat(config.path("quantization_config").path("quant_method").asString()).isEqualTo("group-int4");
    assertThat(config.path("quantization_config").path("bits").asInt()).isEqualTo(4);
  }

  private void write(float[] w, String one, int rows, int columns, String other, int otherRows, int otherColumns)
      throws IOException {
    SafetensorsWriter.write(in.resolve(TensorSource.FILE), List.of(
        TensorView.ofFloats(one, Arrays.copyOf(w, rows * columns), rows, columns),
        TensorView.ofFloats(other, Arrays.copyOf(w, otherRows * otherColumns), otherRows, otherColumns),
        TensorView.ofFloats("lm_head.weight", Arrays.copyOf(w, 64), 1, 64)), Map.of());
  }

  @Test
  void refusesRecipesThatCannotBe() {
    assertThatThrownBy(() -> Recipe.INT8.withEmbeddings(WeightFormat.INT4)).hasMessageContaining("only INT4");
    assertThatThrownBy(() -> Recipe.INT8.with(Rounding.GPTQ)).hasMessageContaining("GPTQ");
    assertThatThrownBy(() -> Quantisation.run(in, out, Recipe.INT4_GPTQ)).hasMessageContaining("calibration");
    assertThatThrownBy(() -> new Rounding.Gptq(0, 128, false)).hasMessageContaining("damping 0.0");
  }
}
