// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.core.json.Json;
import io.millrace.model.safetensors.DType;
import io.millrace.model.safetensors.GroupInt8;
import io.millrace.model.safetensors.SafetensorsWriter;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorSpec;
import io.millrace.model.safetensors.TensorView;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes the matrices of a Hugging Face decoder folder in eight bits, {@link GroupInt8}: embeddings too, while norms and
 * biases become floats of 32 bits. The other files are copied, so the result is a model folder of its own.
 *
 * <p>Weights are rounded to the nearest step of their group of 32, without data (Dettmers et al., LLM.int8(), 2022, on
 * why small groups suffice at eight bits).
 */
public final class Int8Quantisation {
  private static final Set<DType> FLOATS = Set.of(DType.F32, DType.F16, DType.BF16);

  /**
   * What became of a checkpoint.
   *
   * @param matrices tensors that were quantised
   * @param bytesBefore of all tensors
   * @param bytesAfter of all tensors, scales included
   * @param worst the largest of the matrices' relative errors
   * @param meanError relative error over all quantised weights: ‖w − ŵ‖ / ‖w‖
   */
  public record Report(int matrices, long bytesBefore, long bytesAfter, MatrixError worst, double meanError) {
    /** Size after by size before. */
    public double sizeRatio() {
      return (double) bytesAfter / bytesBefore;
    }
  }

  /**
   * What rounding cost one matrix.
   *
   * @param relativeError ‖w − ŵ‖ / ‖w‖
   * @param largestError max |w − ŵ|, at most half the largest scale
   */
  public record MatrixError(String tensor, double relativeError, double largestError) {}

  private final Path in;
  private final Path out;
  private final List<MatrixError> errors = new ArrayList<>();
  private double squaredError;
  private double squaredWeight;

  private Int8Quantisation(Path in, Path out) {
    this.in = in;
    this.out = out;
  }

  /**
   * Quantises the model folder {@code in} into the folder {@code out}, which is made if need be.
   *
   * <p>The weights come last and appear at once, so an interrupted run leaves no folder that looks whole.
   *
   * @throws IOException when {@code in} is not a model folder, is quantised already, or holds values that are not finite
   * @throws IllegalArgumentException when both are the same folder
   */
  public static Report run(Path in, Path out) throws IOException {
    Files.createDirectories(out);
    if (Files.isSameFile(in, out)) {
      throw new IllegalArgumentException("cannot quantise " + in + " into itself; name another folder");
    }
    return new Int8Quantisation(in, out).run();
  }

  private Report run() throws IOException {
    ObjectNode config = config();
    try (TensorSource source = TensorSource.openFolder(in)) {
      List<TensorView> tensors = source.names().stream().map(source::tensor).toList();
      for (TensorView t : tensors) {
        if (!FLOATS.contains(t.dtype())) {
          throw new IOException(source.path() + ": tensor " + t.name() + ": expected F32, F16 or BF16, found "
              + t.dtype());
        }
      }
      Files.deleteIfExists(out.resolve(TensorSource.FILE));
      copyOtherFiles();
      Files.writeString(out.resolve("config.json"), Json.writePretty(config) + "\n", StandardCharsets.UTF_8);
      List<TensorSpec> specs = tensors.stream().flatMap(Int8Quantisation::specs).toList();
      write(tensors, specs);
      long before = tensors.stream().mapToLong(t -> t.data().byteSize()).sum();
      long after = specs.stream().mapToLong(TensorSpec::byteSize).sum();
      return report(before, after);
    }
  }

  private ObjectNode config() throws IOException {
    Path file = in.resolve("config.json");
    JsonNode config;
    try {
      config = Json.mapper().readTree(Files.readAllBytes(file));
    } catch (JacksonException e) {
      throw new IOException(file + ": not JSON: " + e.getOriginalMessage(), e);
    }
    if (!(config instanceof ObjectNode object) || config.has("quantization_config")) {
      throw new IOException(file + ": expected the configuration of a model that is not quantised, found "
          + config.path("quantization_config"));
    }
    ObjectNode q = object.putObject("quantization_config");
    q.put("quant_method", GroupInt8.METHOD).put("bits", 8).put("group_size", GroupInt8.GROUP).put("sym", true);
    return object;
  }

  private void copyOtherFiles() throws IOException {
    try (Stream<Path> files = Files.list(in)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        boolean weights = name.endsWith(".safetensors") || name.equals(TensorSource.INDEX) || name.endsWith(".bin");
        if (!weights && !name.equals("config.json") && !name.startsWith(".")) {
          Files.copy(file, out.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }

  private static boolean isMatrix(TensorView t) {
    return t.shape().length == 2;
  }

  private static Stream<TensorSpec> specs(TensorView t) {
    if (!isMatrix(t)) {
      return Stream.of(new TensorSpec(t.name(), DType.F32, t.shape()));
    }
    long[] shape = t.shape();
    return Stream.of(new TensorSpec(t.name(), DType.I8, shape), new TensorSpec(GroupInt8.scaleName(t.name()),
        DType.F32, shape[0], GroupInt8.groups(Math.toIntExact(shape[1]))));
  }

  private void write(List<TensorView> tensors, List<TensorSpec> specs) throws IOException {
    Path file = out.resolve(TensorSource.FILE);
    try (SafetensorsWriter writer = SafetensorsWriter.create(file, specs, Map.of("format", "pt"))) {
      for (TensorView t : tensors) {
        if (isMatrix(t)) {
          quantise(t, writer);
        } else {
          writer.put(t.name(), MemorySegment.ofArray(t.toFloats()));
        }
      }
      writer.commit();
    }
  }

  private void quantise(TensorView t, SafetensorsWriter writer) throws IOException {
    int rows = Math.toIntExact(t.shape()[0]);
    int columns = Math.toIntExact(t.shape()[1]);
    int groups = GroupInt8.groups(columns);
    byte[] q = new byte[Math.multiplyExact(rows, columns)];
    float[] scales = new float[rows * groups];
    float[] row = new float[columns];
    double error = 0;
    double weight = 0;
    double largest = 0;
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        row[c] = t.floatAt((long) r * columns + c);
      }
      try {
        GroupInt8.quantise(row, columns, q, r * columns, scales, r * groups);
      } catch (IllegalArgumentException e) {
        throw new IOException(in + ": tensor " + t.name() + ": row " + r + ": " + e.getMessage(), e);
      }
      for (int c = 0; c < columns; c++) {
        double d = row[c] - (double) q[r * columns + c] * scales[r * groups + c / GroupInt8.GROUP];
        error += d * d;
        weight += (double) row[c] * row[c];
        largest = Math.max(largest, Math.abs(d));
      }
    }
    writer.put(t.name(), MemorySegment.ofArray(q));
    writer.put(GroupInt8.scaleName(t.name()), MemorySegment.ofArray(scales));
    errors.add(new MatrixError(t.name(), relative(error, weight), largest));
    squaredError += error;
    squaredWeight += weight;
  }

  private static double relative(double squaredError, double squaredWeight) {
    return squaredWeight == 0 ? 0 : Math.sqrt(squaredError / squaredWeight);
  }

  private Report report(long before, long after) throws IOException {
    MatrixError worst = errors.stream()
        .max((a, b) -> Double.compare(a.relativeError(), b.relativeError()))
        .orElseThrow(() -> new IOException(in + ": expected a model with matrices, found none"));
    return new Report(errors.size(), before, after, worst, relative(squaredError, squaredWeight));
  }
}
