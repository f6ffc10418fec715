// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.core.spi.CosineScale;
import io.millrace.core.spi.Embedder;
import io.millrace.model.checkpoint.AtomicFile;
import io.millrace.model.encoder.EmbedderSettings;
import io.millrace.model.encoder.Encoder;
import io.millrace.model.encoder.EncoderFolder;
import io.millrace.model.encoder.EncoderText;
import io.millrace.model.tokenizer.EncoderTokens;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Embeds texts with an encoder on libtorch: the state of the first token at unit length, as bge's authors prescribe.
 *
 * <p>In files it is a BertModel that sentence-transformers reads too, with {@code embedder.json} for what that format
 * does not say.
 */
public final class TextEmbedder implements Embedder {
  private final EmbedderSettings settings;
  private final Encoder encoder;
  private final EncoderTokenizer tokenizer;

  private TextEmbedder(EmbedderSettings settings, Encoder encoder, EncoderTokenizer tokenizer) {
    this.settings = settings;
    this.encoder = encoder;
    this.tokenizer = tokenizer;
  }

  /** Reads a folder that {@link EmbedderTraining} wrote. */
  public static TextEmbedder load(Path folder, DType precision) throws IOException {
    EmbedderSettings settings = EmbedderSettings.read(folder);
    return open(new EncoderBase.Folder(folder), settings, precision);
  }

  /** Embeds with an encoder as it is. */
  public static TextEmbedder open(EncoderBase base, EmbedderSettings settings, DType precision) throws IOException {
    EncoderTokenizer tokenizer = new EncoderTokenizer(base.tokenizer(), settings.maxLength());
    try (Encoder stored = base.load()) {
      tokenizer.checkFits(stored.config());
      return new TextEmbedder(settings, stored.as(precision), tokenizer);
    } catch (Throwable t) {
      tokenizer.close();
      throw t;
    }
  }

  /** Writes a folder for {@link #load}, for transformers and for sentence-transformers. */
  static void save(Encoder encoder, byte[] tokenizerJson, EmbedderSettings settings, Path folder) throws IOException {
    EncoderFolder.save(encoder, folder, DType.F32);
    Files.write(folder.resolve(EncoderTokens.FILE), tokenizerJson);
    Path pooling = folder.resolve("1_Pooling");
    Files.createDirectories(pooling);
    Files.writeString(pooling.resolve("config.json"), Json.writePretty(Map.of(
        "word_embedding_dimension", encoder.config().hiddenSize(), "pooling_mode_cls_token", true,
        "pooling_mode_mean_tokens", false)));
    Files.writeString(folder.resolve("modules.json"), Json.writePretty(List.of(
        Map.of("idx", 0, "name", "0", "path", "", "type", "sentence_transformers.models.Transformer"),
        Map.of("idx", 1, "name", "1", "path", "1_Pooling", "type", "sentence_transformers.models.Pooling"),
        Map.of("idx", 2, "name", "2", "path", "2_Normalize", "type", "sentence_transformers.models.Normalize"))));
    Files.createDirectories(folder.resolve("2_Normalize"));
    Files.writeString(folder.resolve("sentence_bert_config.json"),
        Json.writePretty(Map.of("max_seq_length", settings.maxLength(), "do_lower_case", true)));
    AtomicFile.write(folder.resolve(EmbedderSettings.FILE), Json.bytes(settings));
  }

  /** First states at unit length, [rows, width], in F32. */
  static Tensor vectors(Encoder encoder, TextBatch batch) {
    Tensor states = SequenceBatch.exact(batch.firstStates(encoder));
    Tensor norms = states.square().sum(new long[] {1}, true, new ScalarTypeOptional()).add(new Scalar(1e-12)).sqrt();
    return states.div(norms);
  }

  /** Vectors of many sequences, without gradients. */
  static float[][] read(Encoder encoder, List<EncoderText> sequences) {
    float[][] vectors = new float[sequences.size()][];
    int width = encoder.config().hiddenSize();
    for (List<Integer> group : TextBatch.groups(sequences)) {
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        TextBatch batch = TextBatch.of(group.stream().map(sequences::get).toList(), encoder.config().padId());
        float[] flat = Tensors.floats(vectors(encoder, batch));
        for (int row = 0; row < group.size(); row++) {
          vectors[group.get(row)] = Arrays.copyOfRange(flat, row * width, (row + 1) * width);
        }
      }
    }
    return vectors;
  }

  @Override
  public String model() {
    return settings.model();
  }

  @Override
  public int dimension() {
    return encoder.config().hiddenSize();
  }

  @Override
  public List<float[]> embedQueries(List<String> texts) {
    return embed(texts.stream().map(text -> settings.queryInstruction() + text).toList());
  }

  @Override
  public List<float[]> embedPassages(List<String> texts) {
    return embed(texts);
  }

  private List<float[]> embed(List<String> texts) {
    return new ArrayList<>(Arrays.asList(read(encoder, texts.stream().map(tokenizer::text).toList())));
  }

  @Override
  public CosineScale cosines() {
    return settings.cosines();
  }

  @Override
  public void close() {
    encoder.close();
    tokenizer.close();
  }
}
