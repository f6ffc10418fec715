// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.CosineScale;
import io.millrace.core.spi.Embedder;
import io.millrace.model.encoder.EncoderText;
import io.millrace.model.encoder.PackedEncoder;
import io.millrace.model.tokenizer.EncoderTokens;

import java.io.IOException;
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

  private final EmbedderModel model;
  private final PackedEncoder encoder;
  private final EncoderTokens tokenizer;
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
      this.tokenizer = EncoderTokens.of(model.tokenizer());
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
  public CosineScale cosines() {
    return model.cosines();
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
    EncoderText[] read = new EncoderText[texts.size()];
    Arrays.setAll(
        read, i -> EncoderText.alone(tokenizer.ids(cut(texts.get(i))), model.longest(), tokenizer.cls(), tokenizer.sep()));
    List<int[]> groups = groups(read);
    float[][] vectors = new float[read.length][];
    AtomicInteger next = new AtomicInteger();
    Runnable work = () -> {
      for (int g = next.getAndIncrement(); g < groups.size(); g = next.getAndIncrement()) {
        compute(read, groups.get(g), vectors);
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
  private List<int[]> groups(EncoderText[] texts) {
    Integer[] order = new Integer[texts.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingInt(i -> -texts[i].length()));
    int all = Arrays.stream(texts).mapToInt(EncoderText::length).sum();
    int most = Math.min(TOKENS_AT_A_TIME, Math.ceilDiv(all, threads));
    List<int[]> groups = new ArrayList<>();
    for (int from = 0, to; from < order.length; from = to) {
      int sum = texts[order[from]].length();
      for (to = from + 1; to < order.length && sum + texts[order[to]].length() <= most; to++) {
        sum += texts[order[to]].length();
      }
      groups.add(Arrays.stream(order, from, to).mapToInt(i -> i).toArray());
    }
    return groups;
  }

  private void compute(EncoderText[] texts, int[] group, float[][] vectors) {
    float[][] states = encoder.firstStates(Arrays.stream(group).mapToObj(i -> texts[i]).toList());
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
}
