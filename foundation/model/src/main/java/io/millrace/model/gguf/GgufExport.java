// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import io.millrace.core.json.Json;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes a Hugging Face folder of a decoder as one GGUF file, for llama.cpp, Ollama and whatever else reads it: weights,
 * tokenizer, chat template. Tensors are converted row by row, so a model need not fit into memory.
 */
public final class GgufExport {
  /** Elements that are converted at once. */
  private static final int PIECE = 1 << 20;

  private GgufExport() {}

  /**
   * Writes the file, atomically.
   *
   * @param folder {@code config.json}, safetensors, {@code tokenizer.json} and, if there, the chat template
   * @param target the file
   * @param type how matrices are stored; vectors and routers stay in F32, some matrices have six bits in place of four
   *     ({@link GgufRecipe}), and one whose rows cannot be cut into blocks becomes Q8_0 or F16
   * @throws IllegalArgumentException naming key, tensor or token, when something is missing, does not fit, or has no
   *     like in llama.cpp; nothing is written then
   */
  public static void write(Path folder, Path target, GgufType type) throws IOException {
    DecoderConfig config = DecoderConfig.ofHuggingFace(Json.tree(Files.readAllBytes(folder.resolve("config.json"))));
    TokenizerFiles tokenizer = TokenizerFiles.read(folder);
    String name = folder.toAbsolutePath().normalize().getFileName().toString();
    Map<String, GgufValue> metadata = new LinkedHashMap<>(GgufMetadata.of(config, name, type));
    metadata.putAll(GgufVocabulary.of(tokenizer.tokenizer(), config, tokenizer.beginsTexts(config)));
    tokenizer.chatTemplate().ifPresent(text -> metadata.put("tokenizer.chat_template", GgufValue.text(text)));
    List<GgufLayout.Place> places = GgufLayout.of(config);
    GgufRecipe recipe = new GgufRecipe(type, config.layers());
    double[] rotary = GgufLayout.rotaryFactors(config);
    try (TensorSource source = TensorSource.openFolder(folder)) {
      refuseWhatHasNoPlace(source, places);
      List<GgufTensor> tensors = new ArrayList<>();
      for (GgufLayout.Place place : places) {
        tensors.add(new GgufTensor(place.name(), recipe.of(place), place.shape()));
      }
      GgufTensor factors = rotary.length == 0 ? null : new GgufTensor("rope_freqs.weight", GgufType.F32, rotary.length);
      if (factors != null) {
        tensors.add(factors);
      }
      try (GgufWriter writer = GgufWriter.create(target, metadata, tensors)) {
        for (int i = 0; i < places.size(); i++) {
          copy(source, places.get(i), tensors.get(i), writer);
        }
        if (factors != null) {
          put(writer, factors, 0, floats(rotary));
        }
        writer.commit();
      }
    }
  }

  private static void refuseWhatHasNoPlace(TensorSource source, List<GgufLayout.Place> places) {
    Set<String> unused = new TreeSet<>(source.names());
    places.forEach(place -> place.sources().forEach(name -> {
      TensorView view = source.tensor(name);
      try {
        view.requireShape(place.sourceShape());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(source.path() + ": " + e.getMessage(), e);
      }
      unused.remove(name);
    }));
    unused.removeIf(name -> name.endsWith("rotary_emb.inv_freq") || name.equals("lm_head.weight"));
    if (!unused.isEmpty()) {
      throw new IllegalArgumentException("%s: %d tensors, such as %s, have no place in a decoder of this config.json"
          .formatted(source.path(), unused.size(), unused.iterator().next()));
    }
  }

  private static void copy(TensorSource source, GgufLayout.Place place, GgufTensor tensor, GgufWriter writer)
      throws IOException {
    int columns = Math.toIntExact(place.sourceShape()[place.sourceShape().length - 1]);
    int most = Math.max(1, PIECE / columns);
    long at = 0;
    for (String name : place.sources()) {
      TensorView view = source.tensor(name);
      long rows = view.elements() / columns;
      for (long first = 0; first < rows; first += most) {
        float[] piece = rows(view, place, first, (int) Math.min(most, rows - first), columns);
        try {
          at += put(writer, tensor, at, piece);
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "%s: tensor %s, from row %d on: %s".formatted(source.path(), name, first, e.getMessage()), e);
        }
      }
    }
  }

  private static float[] rows(TensorView view, GgufLayout.Place place, long first, int count, int columns) {
    float[] piece = new float[count * columns];
    for (int r = 0; r < count; r++) {
      long from = place.sourceRow(first + r) * columns;
      for (int c = 0; c < columns; c++) {
        piece[r * columns + c] = view.floatAt(from + c);
      }
    }
    return piece;
  }

  private static long put(GgufWriter writer, GgufTensor tensor, long at, float[] values) throws IOException {
    MemorySegment encoded = MemorySegment.ofArray(new byte[Math.toIntExact(tensor.type().bytes(values.length))]);
    tensor.type().encode(values, encoded);
    writer.put(tensor.name(), at, encoded);
    return encoded.byteSize();
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
