// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.core.json.Json;
import io.millrace.model.safetensors.DType;
import io.millrace.model.safetensors.SafetensorsWriter;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;
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

class Int8QuantisationTest {
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
    Int8Quantisation.run(in, out);
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
          assertThat(scale).isCloseTo(largest / 127, within(1e-9f));
          assertThat(q.floatAt(r * COLUMNS + c) * scale)
              .isCloseTo(weights[r * COLUMNS + c], within(scale * 0.50001f + 1e-12f));
        }
      }
      assertThat(source.tensor("model.norm.weight").toFloats()).isEqualTo(norm);
      assertThat(source.tensor("model.norm.weight").dtype()).isEqualTo(DType.F32);
      assertThat(source.tensor("lm_head.weight").toFloats()).containsExactly(64, 127, -127, 0);
    }
  }

  @Test
  void reportsSizeAndErrors() throws IOException {
    Int8Quantisation.Report report = Int8Quantisation.run(in, out);
    assertThat(report.matrices()).isEqualTo(2);
    assertThat(report.bytesBefore()).isEqualTo(4L * ROWS * COLUMNS + 12 + 8);
    assertThat(report.bytesAfter()).isEqualTo(ROWS * COLUMNS + 4L * ROWS * 3 + 12 + 4 + 8);
    assertThat(report.sizeRatio()).isLessThan(0.3);
    assertThat(report.worst().relativeError()).isBetween(report.meanError(), 0.02);
    assertThat(report.meanError()).isPositive();
    assertThat(report.worst().largestError()).isPositive().isLessThan(3.0 / 127 / 2 + 1e-6);
  }

  @Test
  void makesAWholeModelFolder() throws IOException {
    Int8Quantisation.run(in, out);
    assertThat(out.resolve("tokenizer.json")).hasSameBinaryContentAs(in.resolve("tokenizer.json"));
    var config = Json.tree(Files.readAllBytes(out.resolve("config.json")));
    assertThat(config.path("hidden_size").asInt()).isEqualTo(72);
    assertThat(config.path("quantization_config").path("quant_method").asString()).isEqualTo("millrace-int8");
    assertThatThrownBy(() -> Int8Quantisation.run(out, folder.resolve("again")))
        .isInstanceOf(IOException.class).hasMessageContaining("not quantised");
    assertThatThrownBy(() -> Int8Quantisation.run(in, in)).hasMessageContaining("into itself");
  }

  @Test
  void leavesNothingThatLooksWholeWhenAWeightIsNotFinite() throws IOException {
    Int8Quantisation.run(in, out);
    float[] torn = weights.clone();
    torn[5 * COLUMNS + 7] = Float.NaN;
    write(torn);
    assertThatThrownBy(() -> Int8Quantisation.run(in, out)).isInstanceOf(IOException.class)
        .hasMessageContaining("model.embed_tokens.weight: row 5: weight NaN in column 7");
    assertThat(out.resolve(TensorSource.FILE)).doesNotExist();
  }
}
