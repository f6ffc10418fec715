// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.safetensors.TensorSource;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class DecoderTest {
  private static final DecoderConfig TINY =
      new DecoderConfig(13, 12, 10, 2, 4, 2, 4, 16, 10_000, 1e-5, false, 1, 2, -1);

  @TempDir private Path folder;

  @Test
  void computesTheReferenceLogitsOfAPretrainedModel() throws Exception {
    Path data = Path.of(System.getProperty("millrace.data", ""), "stories260K");
    Assumptions.assumeTrue(Files.isDirectory(data), "no data set at " + data);
    long[] tokens = Files.readAllLines(data.resolve("reference_greedy_pos_in_out_logit.txt")).stream()
        .limit(32).mapToLong(line -> Long.parseLong(line.split(" ")[1])).toArray();
    float[] expected = new float[32 * 512];
    ByteBuffer.wrap(Files.readAllBytes(data.resolve("reference_logits_f32le_32x512.bin")))
        .order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(expected);

    try (Decoder decoder = Llama2cFile.load(data.resolve("stories260K.bin"))) {
      assertThat(logits(decoder, tokens, new long[32])).usingComparatorWithPrecision(1e-4f).containsExactly(expected);
      assertThat(decoder.weights().parameters()).isEqualTo(decoder.config().parameters());

      DecoderFolder.save(decoder, folder, DType.F32);
      try (Decoder again = DecoderFolder.load(folder)) {
        assertThat(again.config()).isEqualTo(decoder.config());
        assertThat(logits(again, tokens, new long[32])).isEqualTo(logits(decoder, tokens, new long[32]));
      }
    }
  }

  @Test
  void aDocumentInAPackedRowSeesNothingOfItsNeighbours() {
    try (Decoder decoder = Decoder.random(TINY, 3)) {
      float[] packed = logits(decoder, new long[] {5, 6, 7, 8, 9, 10, 11}, new long[] {0, 0, 0, 1, 1, 1, 1});
      float[] alone = logits(decoder, new long[] {8, 9, 10, 11}, new long[4]);
      assertThat(Arrays.copyOfRange(packed, 3 * 13, 7 * 13)).usingComparatorWithPrecision(1e-5f).containsExactly(alone);

      float[] joined = logits(decoder, new long[] {5, 6, 7, 8, 9, 10, 11}, new long[7]);
      assertThat(Arrays.copyOfRange(joined, 0, 3 * 13)).usingComparatorWithPrecision(1e-5f)
          .containsExactly(Arrays.copyOfRange(packed, 0, 3 * 13));
      assertThat(joined[3 * 13]).isNotCloseTo(packed[3 * 13], within(1e-5f));
    }
  }

  @Test
  void itsGradientIsTheSlopeOfItsLoss() {
    try (Decoder f32 = Decoder.random(TINY, 7);
        Decoder decoder = f32.as(DType.F64)) {
      decoder.weights().train(name -> true);
      double base = loss(decoder, true);
      assertThat(base).isCloseTo(Math.log(13), within(0.1));
      Random random = new Random(1);
      decoder.weights().named().forEach((name, tensor) -> {
        double[] gradient;
        try (Scope scope = Scope.open()) {
          gradient = Tensors.doubles(tensor.grad());
        }
        for (int trial = 0; trial < 3; trial++) {
          int at = random.nextInt(gradient.length);
          double h = 1e-5;
          double slope = (shifted(decoder, tensor, at, h) - shifted(decoder, tensor, at, -h)) / (2 * h);
          assertThat(gradient[at]).as(name + "[" + at + "]").isCloseTo(slope, within(1e-8 + 1e-5 * Math.abs(slope)));
        }
      });
    }
  }

  private static double shifted(Decoder decoder, Tensor tensor, int at, double by) {
    var memory = Tensors.segment(tensor);
    double before = memory.getAtIndex(java.lang.foreign.ValueLayout.JAVA_DOUBLE, at);
    memory.setAtIndex(java.lang.foreign.ValueLayout.JAVA_DOUBLE, at, before + by);
    try {
      return loss(decoder, false);
    } finally {
      memory.setAtIndex(java.lang.foreign.ValueLayout.JAVA_DOUBLE, at, before);
    }
  }

  private static double loss(Decoder decoder, boolean backward) {
    try (Scope scope = Scope.open()) {
      Tensor tokens = Tensors.of(new long[] {1, 4, 5, 6, 2, 1, 8, 9, 10, 12}, 2, 5);
      Tensor documents = Tensors.of(new long[] {0, 0, 0, 0, 0, 0, 0, 1, 1, 1}, 2, 5);
      Tensor hidden = decoder.hidden(tokens, decoder.mask(documents));
      Tensor positions = Tensors.of(new long[] {0, 1, 3, 5, 7, 8}, 6);
      Tensor loss = decoder.loss(hidden, positions, Tensors.of(new long[] {4, 5, 2, 8, 10, 12}, 6));
      if (backward) {
        loss.backward();
      }
      return loss.item_double();
    }
  }

  @Test
  void refusesATensorOfTheWrongShapeAndNamesIt() throws Exception {
    try (Decoder decoder = Decoder.random(TINY, 1)) {
      DecoderFolder.save(decoder, folder, DType.BF16);
    }
    Path config = folder.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("\"vocab_size\" : 13", "\"vocab_size\" : 14"));
    assertThatThrownBy(() -> DecoderFolder.load(folder))
        .hasMessageContaining(TensorSource.FILE)
        .hasMessageContaining("model.embed_tokens.weight")
        .hasMessageContaining("[14, 12]")
        .hasMessageContaining("[13, 12]");
  }

  @Test
  void refusesModelsThatItCannotCompute() throws Exception {
    Path data = Path.of(System.getProperty("millrace.data", ""), "tokenizer_smollm2");
    Assumptions.assumeTrue(Files.isDirectory(data), "no data set at " + data);
    String json = Files.readString(data.resolve("config.json"));
    DecoderConfig config = DecoderConfig.ofHuggingFace(io.millrace.core.json.Json.tree(json.getBytes()));
    assertThat(config.parameters()).isEqualTo(134_515_008L);
    for (String change : List.of("\"llama\"->\"gpt2\"", "\"attention_bias\": false->\"attention_bias\": true",
        "\"rope_scaling\": null->\"rope_scaling\": {\"rope_type\": \"llama3\"}", "\"silu\"->\"gelu\"")) {
      String[] sides = change.split("->");
      String changed = json.replace(sides[0], sides[1]);
      assertThatThrownBy(() -> DecoderConfig.ofHuggingFace(io.millrace.core.json.Json.tree(changed.getBytes())))
          .as(change).hasMessageStartingWith("config.json: ");
    }
  }

  private static float[] logits(Decoder decoder, long[] tokens, long[] documents) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      Tensor mask = decoder.mask(Tensors.of(documents, 1, documents.length));
      return Tensors.floats(decoder.logits(decoder.hidden(Tensors.of(tokens, 1, tokens.length), mask)));
    }
  }
}
