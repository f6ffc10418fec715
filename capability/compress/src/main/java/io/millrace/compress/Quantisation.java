// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.core.json.Json;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.safetensors.Codes;
import io.millrace.model.safetensors.DType;
import io.millrace.model.safetensors.SafetensorsWriter;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorSpec;
import io.millrace.model.safetensors.TensorView;
import io.millrace.model.safetensors.WeightFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes the matrices of a Hugging Face decoder folder in few bits, as a {@link Recipe} says, while norms and biases
 * become floats of 32 bits. The other files are copied, so the result is a model folder of its own.
 *
 * <p>Rounding to the nearest step needs no data (Dettmers et al., LLM.int8(), 2022, on why small groups suffice at eight
 * bits); GPTQ reads calibration texts, block by block, with the blocks before already rounded.
 */
public final class Quantisation {
  private final ModelFolder folder;
  private final Recipe recipe;
  private final Errors errors = new Errors();

  private Quantisation(ModelFolder folder, Recipe recipe) {
    this.folder = folder;
    this.recipe = recipe;
  }

  /** As {@link #run(Path, Path, Recipe, TokenWindows, CompressionProgress)}, for recipes that need no data. */
  public static QuantisationReport run(Path in, Path out, Recipe recipe) throws IOException {
    return run(in, out, recipe, null, CompressionProgress.SILENT);
  }

  /**
   * Quantises the model folder {@code in} into the folder {@code out}, which is made if need be.
   *
   * <p>The weights appear at once when all is done, so an interrupted run leaves no folder that looks whole.
   *
   * @param calibration texts like those that the model will read; null where the recipe needs none
   * @throws IOException when {@code in} is not a model folder, is quantised already, or holds values that are not finite
   * @throws IllegalArgumentException when both are the same folder, or the recipe needs calibration and gets none
   */
  public static QuantisationReport run(
      Path in, Path out, Recipe recipe, @Nullable TokenWindows calibration, CompressionProgress progress)
      throws IOException {
    if (recipe.rounding() instanceof Rounding.Gptq && calibration == null) {
      throw new IllegalArgumentException("GPTQ rounds with calibration data: give texts, or round to the nearest step");
    }
    return new Quantisation(ModelFolder.of(in, out), recipe).run(calibration, progress);
  }

  private QuantisationReport run(@Nullable TokenWindows calibration, CompressionProgress progress) throws IOException {
    ObjectNode config = folder.config();
    recipe.matrices().describe(config);
    try (TensorSource source = TensorSource.openFolder(folder.in())) {
      List<TensorView> tensors = ModelFolder.floats(source);
      folder.writeOthers(Json.writePretty(config) + "\n");
      List<TensorSpec> specs = tensors.stream().flatMap(this::specs).toList();
      Path file = folder.out().resolve(TensorSource.FILE);
      try (SafetensorsWriter writer = SafetensorsWriter.create(file, specs, Map.of("format", "pt"))) {
        Set<String> written = new HashSet<>();
        if (recipe.rounding() instanceof Rounding.Gptq gptq && calibration != null) {
          calibrated(source, writer, gptq, calibration, progress, written);
        }
        for (TensorView t : tensors) {
          if (!written.contains(t.name())) {
            write(t, writer);
          }
        }
        writer.commit();
      }
      return errors.report(folder.in(), tensors.stream().mapToLong(t -> t.data().byteSize()).sum(),
          specs.stream().mapToLong(TensorSpec::byteSize).sum());
    }
  }

  private static boolean isMatrix(TensorView t) {
    return t.shape().length == 2;
  }

  private static int columns(TensorView matrix) {
    return Math.toIntExact(matrix.shape()[1]);
  }

  private WeightFormat format(TensorView matrix) {
    return recipe.format(matrix.name(), columns(matrix));
  }

  private Stream<TensorSpec> specs(TensorView t) {
    return isMatrix(t)
        ? format(t).specs(t.name(), Math.toIntExact(t.shape()[0]), columns(t)).stream()
        : Stream.of(new TensorSpec(t.name(), DType.F32, t.shape()));
  }

  /** What matrices of the blocks read is only known to a decoder that computes; the rest is rounded without data. */
  private void calibrated(
      TensorSource source,
      SafetensorsWriter writer,
      Rounding.Gptq gptq,
      TokenWindows calibration,
      CompressionProgress progress,
      Set<String> written)
      throws IOException {
    try (Decoder decoder = DecoderFolder.load(folder.in())) {
      new LayerwiseGptq(decoder, gptq, (name, columns) ->
          source.find(name).isPresent() && recipe.format(name, columns) == WeightFormat.INT4)
          .run(calibration, progress, (name, codes) -> {
            errors.add(source.tensor(name), codes);
            WeightFormat.INT4.write(writer, name, codes);
            written.add(name);
          });
    }
  }

  private void write(TensorView t, SafetensorsWriter writer) throws IOException {
    if (!isMatrix(t)) {
      writer.put(t.name(), MemorySegment.ofArray(t.toFloats()));
      return;
    }
    WeightFormat format = format(t);
    int columns = columns(t);
    Codes codes = new Codes(Math.toIntExact(t.shape()[0]), columns, format.group(columns));
    try {
      NearestStep.requireFinite(codes.rows(), columns, (r, c) -> t.floatAt((long) r * columns + c));
    } catch (IllegalArgumentException e) {
      throw new IOException(folder.in() + ": tensor " + t.name() + ": " + e.getMessage(), e);
    }
    IntStream.range(0, codes.rows()).parallel().forEach(r -> round(t, format, r, codes));
    format.write(writer, t.name(), codes);
    errors.add(t, codes);
  }

  private static void round(TensorView t, WeightFormat format, int row, Codes codes) {
    float[] weights = new float[codes.columns()];
    for (int c = 0; c < weights.length; c++) {
      weights[c] = t.floatAt((long) row * weights.length + c);
    }
    NearestStep.round(format, weights, null, row, codes);
  }
}
