// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.millrace.core.spi.Embedder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Embeds texts with a bge encoder in ONNX Runtime: the hidden state of the first token, scaled to unit length, as the
 * model's authors prescribe. Texts are sorted by length and run in batches of a bounded number of tokens, so that
 * hardly any padding is computed and memory does not depend on what comes in.
 */
public final class BgeEmbedder implements Embedder {

  private static final Logger LOG = LoggerFactory.getLogger(BgeEmbedder.class);

  /** The encoder's context; what lies beyond is cut off. */
  private static final int LONGEST = 512;

  /** Texts are cut to this many characters before they are tokenized: 512 tokens hardly ever need more. */
  private static final int LONGEST_CHARACTERS = 16_384;

  /** Tokens, padding included, of one run: larger batches only fall out of the processor's caches. */
  private static final int TOKENS_PER_RUN = 2_048;

  static {
    // Both are read by the tokenizer library when it loads: no usage reports, and only the binary from its own jar.
    setIfAbsent("OPT_OUT_TRACKING", "true");
    setIfAbsent("RUST_FLAVOR", "cpu");
  }

  private final BgeModel model;
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final HuggingFaceTokenizer tokenizer;

  /**
   * Opens a model; its file is copied out of its jar once and then reused.
   *
   * @param model which one
   * @param cache directory for the model file, shared by all processes of the machine
   * @param threads processors that one call may use, at least 1
   * @throws IllegalStateException when the model's artifact is not on the class path or cannot be loaded
   * @throws UncheckedIOException when the cache cannot be written
   */
  public BgeEmbedder(BgeModel model, Path cache, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads " + threads + " is not positive");
    }
    this.model = model;
    this.environment = OrtEnvironment.getEnvironment();
    try {
      this.tokenizer = openTokenizer(model);
      Path file = cachedModel(model, cache);
      try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
        options.setIntraOpNumThreads(threads);
        options.setInterOpNumThreads(1);
        // Shapes differ from run to run, so remembered allocation patterns would only pile up.
        options.setMemoryPatternOptimization(false);
        // Idle threads sleep rather than spin: other work shares the processors.
        options.addConfigEntry("session.intra_op.allow_spinning", "0");
        this.session = environment.createSession(file.toString(), options);
      }
    } catch (OrtException e) {
      throw new IllegalStateException("cannot load " + model.id() + " from " + cache + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unpack " + model.id() + " into " + cache + ": " + e, e);
    }
    LOG.debug("{} ready with {} threads", model.id(), threads);
  }

  @Override
  public String model() {
    return model.id();
  }

  @Override
  public int dimension() {
    return model.dimension();
  }

  @Override
  public List<float[]> embedQueries(List<String> texts) {
    return embed(texts.stream().map(text -> model.queryInstruction() + text).toList());
  }

  @Override
  public List<float[]> embedPassages(List<String> texts) {
    return embed(texts);
  }

  private List<float[]> embed(List<String> texts) {
    if (texts.isEmpty()) {
      return List.of();
    }
    Encoding[] encodings =
        tokenizer.batchEncode(texts.stream().map(BgeEmbedder::cut).toList(), true, false);
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
    return new ArrayList<>(Arrays.asList(vectors));
  }

  private void run(long[][] tokens, List<Integer> batch, int length, float[][] vectors) {
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
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", idTensor, "attention_mask", maskTensor, "token_type_ids", typeTensor))) {
      FloatBuffer hidden = ((OnnxTensor) result.get(0)).getFloatBuffer();
      for (int row = 0; row < batch.size(); row++) {
        float[] first = new float[model.dimension()];
        hidden.get(row * length * model.dimension(), first);
        vectors[batch.get(row)] = Vectors.toUnitLength(first);
      }
    } catch (OrtException e) {
      throw new IllegalStateException(
          model.id() + " failed on " + batch.size() + " texts of at most " + length + " tokens: " + e.getMessage(),
          e);
    }
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("cannot release " + model.id() + ": " + e.getMessage(), e);
    } finally {
      tokenizer.close();
    }
  }

  private static String cut(String text) {
    return text.length() <= LONGEST_CHARACTERS ? text : text.substring(0, LONGEST_CHARACTERS);
  }

  private static LongBuffer longs(int count) {
    return ByteBuffer.allocateDirect(count * Long.BYTES).order(ByteOrder.nativeOrder()).asLongBuffer();
  }

  private static HuggingFaceTokenizer openTokenizer(BgeModel model) throws IOException {
    String length = String.valueOf(LONGEST);
    try (InputStream in = resource(model, "-tokenizer.json")) {
      return HuggingFaceTokenizer.newInstance(
          in,
          Map.of("padding", "false", "truncation", "true", "maxLength", length, "modelMaxLength", length));
    }
  }

  /** Copies the model beside its final name and moves it there, so that a half-written file is never opened. */
  private static Path cachedModel(BgeModel model, Path cache) throws IOException {
    Path file = cache.resolve(model.id() + ".onnx");
    Files.createDirectories(cache);
    try (InputStream in = resource(model, ".onnx")) {
      long size = BgeEmbedder.class.getResource("/" + model.id() + ".onnx").openConnection().getContentLengthLong();
      if (Files.isRegularFile(file) && Files.size(file) == size) {
        return file;
      }
      Path part = Files.createTempFile(cache, model.id(), ".part");
      try {
        Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
    }
    return file;
  }

  private static InputStream resource(BgeModel model, String suffix) {
    InputStream in = BgeEmbedder.class.getResourceAsStream("/" + model.id() + suffix);
    if (in == null) {
      throw new IllegalStateException(
          model.id() + suffix + " is not on the class path: add dev.langchain4j:langchain4j-embeddings-"
              + model.id().replace(".", ""));
    }
    return in;
  }

  private static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null && System.getenv(property) == null) {
      System.setProperty(property, value);
    }
  }
}
