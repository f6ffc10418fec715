// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Message;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;
import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.spi.Generator;
import io.millrace.engine.kernel.KvFormat;
import io.millrace.engine.kernel.KvPages;
import io.millrace.engine.kernel.Lanes;
import io.millrace.model.tokenizer.ChatTemplate;
import io.millrace.model.tokenizer.SpecialToken;
import io.millrace.model.tokenizer.StreamDecoder;
import io.millrace.model.tokenizer.Tokenizer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Answers dialogues with the model of a Hugging Face folder: {@code config.json}, {@code tokenizer.json} and
 * safetensors, quantised or not. Safe for use by several threads; each reads its own answer.
 *
 * <p>Dialogues are written as the folder's own chat template has it, and without one as ChatML; where the tokenizer has no
 * tokens for that either, a base model, the contents are given as the text to continue.
 */
public final class DecoderGenerator implements Generator {
  private static final Logger LOG = LoggerFactory.getLogger(DecoderGenerator.class);

  /** How long a reader waits for a token before it looks at its deadline and its caller again. */
  private static final Duration PATIENCE = Duration.ofMillis(20);

  /**
   * How the engine works and what all requests share.
   *
   * @param threads that compute, the scheduler's included
   * @param kv how keys and values are kept
   * @param kvBytes memory for them; 0 for what the requests of {@code limits} are likely to need, at most a quarter of the
   *     machine's
   */
  public record Settings(int threads, ContinuousBatcher.Limits limits, KvFormat kv, long kvBytes) {
    /** Positions for which memory is set aside for each sequence that may run, unless the settings say otherwise. */
    private static final int USUAL_POSITIONS = 2048;

    /** All processors, up to eight; eight requests at a time. */
    public static Settings standard() {
      return new Settings(Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 8), ContinuousBatcher.Limits.DEFAULT);
    }

    /** Keys and values in 16 bits, in memory as it is needed. */
    public Settings(int threads, ContinuousBatcher.Limits limits) {
      this(threads, limits, KvFormat.BF16, 0);
    }

    /** Checks the range. */
    public Settings {
      if (threads < 1) {
        throw new IllegalArgumentException("threads " + threads + " is not positive");
      }
      if (kvBytes < 0) {
        throw new IllegalArgumentException("memory for keys and values: " + kvBytes + " bytes is negative");
      }
    }

    int pages(LlamaConfig c) {
      long page = KvPages.pageBytes(kv, c.layers(), c.kvHeads(), c.headDim());
      long count = kvBytes / page;
      if (kvBytes == 0) {
        long each = Math.min(c.context(), USUAL_POSITIONS);
        long positions = Math.max(c.context(), each * limits.maxRunning());
        count = Math.min((positions + KvPages.POSITIONS - 1) / KvPages.POSITIONS, machineBytes() / 4 / page);
      }
      if (count < 1 || count > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("memory for keys and values: " + (kvBytes == 0 ? machineBytes() / 4 : kvBytes)
            + " bytes are " + count + " pages of " + page + " bytes; give it at least one");
      }
      return (int) count;
    }

    private static long machineBytes() {
      return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os
          ? os.getTotalMemorySize() : Runtime.getRuntime().maxMemory() * 4;
    }
  }

  private final String name;
  private final Settings settings;
  private final LlamaConfig config;
  private final Tokenizer tokenizer;
  private final @Nullable ChatTemplate template;
  private final ContinuousBatcher batcher;
  private final Set<Integer> stopTokens;

  private DecoderGenerator(
      String name, Settings settings, LlamaConfig config, Tokenizer tokenizer, @Nullable ChatTemplate template,
      ContinuousBatcher batcher) {
    this.name = name;
    this.settings = settings;
    this.config = config;
    this.tokenizer = tokenizer;
    this.template = template;
    this.batcher = batcher;
    stopTokens = new HashSet<>(config.stopTokens());
    for (SpecialToken token : List.of(SpecialToken.END_OF_TEXT, SpecialToken.TURN_END)) {
      tokenizer.find(token.text()).ifPresent(stopTokens::add);
    }
    if (template != null) {
      template.ending().ifPresent(stopTokens::add);
    }
  }

  /**
   * Loads a model folder, tests its kernels and warms them up, which takes a second or two.
   *
   * @param name name and version under which answers are reported
   * @throws IOException when a file is missing, torn, or does not fit the others
   */
  public static DecoderGenerator open(Path folder, String name, Settings settings) throws IOException {
    LlamaConfig config = LlamaConfig.read(folder);
    Tokenizer tokenizer = Tokenizer.load(folder);
    LlamaDecoder decoder = null;
    try {
      if (tokenizer.size() > config.vocabulary()) {
        throw new IOException(folder + ": the tokenizer has " + tokenizer.size() + " ids, the model "
            + config.vocabulary());
      }
      ChatTemplate template = ChatTemplate.find(folder, tokenizer).orElse(null);
      decoder = LlamaDecoder.open(folder, config, settings.threads(), settings.kv(), settings.pages(config));
      SelfTest.run(decoder);
      LOG.info("engine ready: model={} threads={} kernels={} crossover={} weights={} MB kv={} MB", name,
          settings.threads(), Lanes.AVAILABLE ? Lanes.N + " lanes" : "plain", decoder.crossover(),
          decoder.weights().bytes() >> 20, decoder.kv().bytes() >> 20);
      return new DecoderGenerator(name, settings, config, tokenizer, template,
          new ContinuousBatcher(decoder, settings.limits()));
    } catch (IOException | RuntimeException e) {
      if (decoder != null) {
        decoder.close();
      }
      tokenizer.close();
      throw e;
    }
  }

  @Override
  public String model() {
    return name;
  }

  @Override
  public int context() {
    return config.context();
  }

  @Override
  public int count(Prompt prompt) {
    return tokens(prompt).length;
  }

  /** Counts and times of this model's engine. */
  public EngineMetrics metrics() {
    return batcher.metrics();
  }

  /**
   * Takes on a request in the model's own tokens, for callers that count and time them; see {@link #generate} for text.
   *
   * @throws io.millrace.core.spi.GeneratorBusy when as many wait as may
   * @throws IllegalArgumentException when prompt and answer do not fit the context, or a token is unknown
   */
  public TokenStream submit(TokenRequest request) {
    return batcher.submit(request);
  }

  private int[] tokens(Prompt given) {
    if (given instanceof Prompt.Text text) {
      return tokenizer.encode(text.text());
    }
    List<Message> messages = ((Prompt.Dialogue) given).messages();
    if (template != null) {
      return template.prompt(messages.stream().map(m -> new ChatTemplate.Turn(m.role(), m.content())).toList());
    }
    int[] text = tokenizer.encode(messages.stream().map(Message::content).collect(Collectors.joining("\n")));
    OptionalInt bos = config.bos();
    return bos.isPresent() ? IntStream.concat(IntStream.of(bos.getAsInt()), IntStream.of(text)).toArray() : text;
  }

  @Override
  public Generation generate(GenerationRequest request, Consumer<Piece> onPiece) {
    int[] prompt = tokens(request.prompt());
    if (prompt.length >= config.context()) {
      throw new IllegalArgumentException("the prompt has " + prompt.length + " tokens, which leaves no room for an"
          + " answer in the context of " + config.context());
    }
    int maxTokens = Math.min(request.maxTokens(), config.context() - prompt.length);
    SamplingOptions sampling = request.sampling();
    TokenStream tokens =
        batcher.submit(new TokenRequest(prompt, maxTokens, sampling, stopTokens, request.deadline()));
    try {
      return read(tokens, request, prompt.length, text -> onPiece.accept(new Piece.Text(text, List.of())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while generating", e);
    } finally {
      tokens.cancel(); // whatever ended the reading, the engine need not go on; no effect on an answer that ended
    }
  }

  private Generation read(TokenStream tokens, GenerationRequest request, int promptTokens, Consumer<String> onText)
      throws InterruptedException {
    StreamDecoder decoder = tokenizer.stream();
    StopTexts stops = new StopTexts(request.stop());
    StringBuilder text = new StringBuilder();
    int count = 0;
    Finish finish = null;
    while (finish == null) {
      if (request.cancelled().getAsBoolean()) {
        finish = Finish.CANCELLED;
        break;
      }
      OptionalInt token = tokens.next(PATIENCE);
      if (token.isPresent()) {
        count++;
        show(stops.next(decoder.next(token.getAsInt())), text, onText);
        finish = stops.stopped() ? Finish.STOP : null;
      } else if (tokens.ended()) {
        finish = tokens.finish();
      } else if (request.deadline().expired()) {
        finish = Finish.DEADLINE;
      }
    }
    if (!stops.stopped()) {
      show(stops.next(decoder.end()), text, onText);
      show(stops.end(), text, onText);
    }
    return new Generation(text.toString(), promptTokens, count, finish == null ? Finish.STOP : finish);
  }

  private static void show(String piece, StringBuilder text, Consumer<String> onText) {
    if (!piece.isEmpty()) {
      text.append(piece);
      onText.accept(piece);
    }
  }

  /** Ends the requests in flight with a failure and frees the weights; see {@link ModelSlot} for a gentler way. */
  @Override
  public void close() {
    batcher.close();
    tokenizer.close();
  }
}
