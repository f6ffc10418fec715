// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.millrace.core.spi.Embedder;
import io.millrace.model.encoder.PackedEncoder;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Embeds texts with an encoder of bge's kind: the hidden state of the first token, scaled to unit length, as bge's authors prescribe. Texts of like
 * length are computed together, a bounded number of tokens at a time and a group a thread, so memory does not depend on what comes in.
 * A model's weights are in memory once, however many embedders there are.
 */
public final class EncoderEmbedder implements Embedder {

  /** Texts are cut to this many characters before they are tokenized: 512 tokens hardly ever need more. */
  private static final int LONGEST_CHARACTERS = 16_384;

  /** Tokens of one computation: weights are then read rarely enough, and what is between them stays in the processor's caches. */
  private static final int TOKENS_AT_A_TIME = 192;

  /** Guarded by itself. */
  private static final Map<EmbedderModel, WeakReference<PackedEncoder>> OPEN = new HashMap<>();

  static {
    // Both are read by the tokenizer library when it loads: no usage reports, and only the binary from its own jar.
    setIfAbsent("OPT_OUT_TRACKING", "true");
    setIfAbsent("RUST_FLAVOR", "cpu");
  }

  private final EmbedderModel model;
  private final PackedEncoder encoder;
  private final HuggingFaceTokenizer tokenizer;
  private final int threads;
  private final ExecutorService helpers;

  /**
   * Opens a model.
   *
   * @param model which one
   * @param threads processors that one call may use, at least 1
   * @throws UncheckedIOException when the model's files cannot be read
   */
  public EncoderEmbedder(EmbedderModel model, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads " + threads + " is not positive");
    }
    this.model = model;
    this.threads = threads;
    try {
      this.tokenizer = openTokenizer(model);
      this.encoder = encoder(model);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + model.id() + ": " + e.getMessage(), e);
    }
    this.helpers = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name(model.id() + "-", 0).factory());
  }

  private static PackedEncoder encoder(EmbedderModel model) throws IOException {
    synchronized (OPEN) {
      WeakReference<PackedEncoder> open = OPEN.get(model);
      PackedEncoder encoder = open == null ? null : open.get();
      if (encoder == null) {
        encoder = model.encoder();
        OPEN.values().removeIf(reference -> reference.get() == null);
        OPEN.put(model, new WeakReference<>(encoder));
      }
      return encoder;
    }
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
    Encoding[] encodings = tokenizer.batchEncode(texts.stream().map(EncoderEmbedder::cut).toList(), true, false);
    int[][] tokens = new int[encodings.length][];
    Arrays.setAll(tokens, i -> Arrays.stream(encodings[i].getIds()).mapToInt(Math::toIntExact).toArray());
    List<int[]> groups = groups(tokens);
    float[][] vectors = new float[tokens.length][];
    AtomicInteger next = new AtomicInteger();
    Runnable work = () -> {
      for (int g = next.getAndIncrement(); g < groups.size(); g = next.getAndIncrement()) {
        compute(tokens, groups.get(g), vectors);
      }
    };
    List<Future<?>> others = new ArrayList<>();
    for (int i = 1; i < Math.min(threads, groups.size()); i++) {
      others.add(helpers.submit(work));
    }
    try {
      work.run();
    } finally {
      next.set(groups.size());
      others.forEach(EncoderEmbedder::await);
    }
    return new ArrayList<>(Arrays.asList(vectors));
  }

  /** Which texts are computed together, longest first: a thread that starts late then has little to do. */
  private List<int[]> groups(int[][] tokens) {
    Integer[] order = new Integer[tokens.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingInt(i -> -tokens[i].length));
    int all = Arrays.stream(tokens).mapToInt(text -> text.length).sum();
    int most = Math.min(TOKENS_AT_A_TIME, Math.ceilDiv(all, threads));
    List<int[]> groups = new ArrayList<>();
    for (int from = 0, to; from < order.length; from = to) {
      int sum = tokens[order[from]].length;
      for (to = from + 1; to < order.length && sum + tokens[order[to]].length <= most; to++) {
        sum += tokens[order[to]].length;
      }
      groups.add(Arrays.stream(order, from, to).mapToInt(i -> i).toArray());
    }
    return groups;
  }

  private void compute(int[][] tokens, int[] group, float[][] vectors) {
    float[][] states = encoder.firstStates(Arrays.stream(group).mapToObj(i -> new PackedEncoder.Text(tokens[i])).toList());
    for (int i = 0; i < group.length; i++) {
      vectors[group[i]] = Vectors.toUnitLength(states[i]);
    }
  }

  private static void await(Future<?> other) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          other.get();
          return;
        } catch (InterruptedException e) {
          interrupted = true; // it ends soon: its share is bounded
        } catch (ExecutionException e) {
          throw new IllegalStateException("embedding failed: " + e.getCause(), e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    helpers.shutdown();
    tokenizer.close();
  }

  private static String cut(String text) {
    return text.length() <= LONGEST_CHARACTERS ? text : text.substring(0, LONGEST_CHARACTERS);
  }

  private static HuggingFaceTokenizer openTokenizer(EmbedderModel model) throws IOException {
    String length = String.valueOf(model.longest());
    try (InputStream in = new ByteArrayInputStream(model.tokenizer())) {
      return HuggingFaceTokenizer.newInstance(
          in,
          Map.of("padding", "false", "truncation", "true", "maxLength", length, "modelMaxLength", length));
    }
  }

  private static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null && System.getenv(property) == null) {
      System.setProperty(property, value);
    }
  }
}
