// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.millrace.core.document.Language;
import io.millrace.core.json.Json;
import io.millrace.model.encoder.PretrainedEncoder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The peer: a bge encoder in ONNX Runtime as one would run it with care, texts of like length together, batches of some 2,000 tokens. */
final class OnnxRuntimeEmbedder implements AutoCloseable {
  private static final int LONGEST = 512;
  private static final int TOKENS_PER_RUN = 2_048;

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final HuggingFaceTokenizer tokenizer;

  OnnxRuntimeEmbedder(Language language, int threads) throws IOException, OrtException {
    String length = String.valueOf(LONGEST);
    this.tokenizer = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(tokenizer(language)),
        Map.of("padding", "false", "truncation", "true", "maxLength", length, "modelMaxLength", length));
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setMemoryPatternOptimization(false); // shapes differ from run to run
      this.session = environment.createSession(PretrainedEncoder.onnx(language), options);
    }
  }

  /** As the vocabularies were made, in lower case and without accents, which the Chinese model's file does not say. */
  private static byte[] tokenizer(Language language) throws IOException {
    JsonNode file = Json.tree(PretrainedEncoder.tokenizer(language));
    ((ObjectNode) file.path("normalizer")).put("lowercase", true);
    return Json.bytes(file);
  }

  /** The first token's state of each text, not scaled. */
  float[][] embed(List<String> texts) throws OrtException {
    Encoding[] encodings = tokenizer.batchEncode(texts, true, false);
    long[][] tokens = new long[encodings.length][];
    Arrays.setAll(tokens, i -> encodings[i].getIds());
    Integer[] order = new Integer[tokens.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingInt(i -> -tokens[i].length));
    float[][] vectors = new float[tokens.length][];
    for (int from = 0; from < order.length; ) {
      int longest = tokens[order[from]].length;
      int count = Math.min(order.length - from, Math.max(1, TOKENS_PER_RUN / longest));
      run(tokens, Arrays.asList(order).subList(from, from + count), longest, vectors);
      from += count;
    }
    return vectors;
  }

  private void run(long[][] tokens, List<Integer> batch, int length, float[][] vectors) throws OrtException {
    LongBuffer ids = longs(batch.size() * length);
    LongBuffer mask = longs(batch.size() * length);
    LongBuffer types = longs(batch.size() * length);
    for (int row = 0; row < batch.size(); row++) {
      long[] text = tokens[batch.get(row)];
      ids.put(row * length, text);
      for (int i = 0; i < text.length; i++) {
        mask.put(row * length + i, 1);
      }
    }
    long[] shape = {batch.size(), length};
    try (OnnxTensor idTensor = OnnxTensor.createTensor(environment, ids, shape);
        OnnxTensor maskTensor = OnnxTensor.createTensor(environment, mask, shape);
        OnnxTensor typeTensor = OnnxTensor.createTensor(environment, types, shape);
        OrtSession.Result result = session.run(
            Map.of("input_ids", idTensor, "attention_mask", maskTensor, "token_type_ids", typeTensor))) {
      FloatBuffer hidden = ((OnnxTensor) result.get(0)).getFloatBuffer();
      int width = hidden.capacity() / batch.size() / length;
      for (int row = 0; row < batch.size(); row++) {
        float[] first = new float[width];
        hidden.get(row * length * width, first);
        vectors[batch.get(row)] = first;
      }
    }
  }

  private static LongBuffer longs(int count) {
    return ByteBuffer.allocateDirect(count * Long.BYTES).order(ByteOrder.nativeOrder()).asLongBuffer();
  }

  @Override
  public void close() throws OrtException {
    session.close();
    tokenizer.close();
  }
}
