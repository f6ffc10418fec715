// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Message;
import io.millrace.core.generation.OutputFormat;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;
import io.millrace.core.generation.Service;
import io.millrace.core.generation.ToolChoice;
import io.millrace.core.spi.Generator;
import io.millrace.engine.form.CallReader;
import io.millrace.engine.form.Forms;
import io.millrace.engine.form.OutputForm;
import io.millrace.engine.form.ToolSyntax;
import io.millrace.engine.form.Vocabulary;
import io.millrace.engine.kernel.KvFormat;
import io.millrace.engine.kernel.KvPages;
import io.millrace.engine.kernel.Panels;
import io.millrace.model.tokenizer.ChatTemplate;
import io.millrace.model.tokenizer.SpecialToken;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
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

  /**
   * How the engine works and what all requests share. With {@code limits.drafts()} of 0, a draft model is not loaded.
   *
   * @param threads that compute, the scheduler's included
   * @param kv how keys and values are kept
   * @param kvBytes memory for them, the draft model's included; 0 for what the requests of {@code limits} are likely to need, at most a quarter of the
   *     machine's
   * @param arithmetic who computes, and where; {@code threads} are those of the engine's own kernels
   */
  public record Settings(
      int threads, ContinuousBatcher.Limits limits, KvFormat kv, long kvBytes, Arithmetic arithmetic) {
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

    /** The engine's own kernels. */
    public Settings(int threads, ContinuousBatcher.Limits limits, KvFormat kv, long kvBytes) {
      this(threads, limits, kv, kvBytes, Arithmetic.KERNELS);
    }

    /** The same, computed by another. */
    public Settings on(Arithmetic other) {
      return new Settings(threads, limits, kv, kvBytes, other);
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

    boolean drafts() {
      return limits.drafts() > 0 && arithmetic instanceof Arithmetic.Kernels;
    }

    /** How many pages a model gets, and its draft as many of its own. */
    int pages(LlamaConfig c, @Nullable LlamaConfig draft) {
      long page = pageBytes(c) + (draft == null ? 0 : pageBytes(draft));
      long count = kvBytes / page;
      if (kvBytes == 0) {
        long each = Math.min(c.context(), USUAL_POSITIONS);
        long positions = Math.max(c.context(), each * limits.maxRunning());
        count = Math.min((positions + KvPages.POSITIONS - 1) / KvPages.POSITIONS, memoryBytes() / 4 / page);
      }
      if (count < 1 || count > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("memory for keys and values: " + (kvBytes == 0 ? memoryBytes() / 4 : kvBytes)
            + " bytes are " + count + " pages of " + page + " bytes; give it at least one");
      }
      return (int) count;
    }

    private long pageBytes(LlamaConfig c) {
      return KvPages.pageBytes(kv, c.layers(), c.kvHeads(), c.headDim());
    }

    private long memoryBytes() {
      if (arithmetic instanceof Arithmetic.Libtorch(Device device, DType _) && device.kind() == Device.Kind.CUDA) {
        return device.memoryBytes();
      }
      return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os
          ? os.getTotalMemorySize() : Runtime.getRuntime().maxMemory() * 4;
    }
  }

  private final String name;
  private final LlamaConfig config;
  private final Tokenizer tokenizer;
  private final @Nullable ChatTemplate template;
  private final ContinuousBatcher batcher;
  private final Set<Integer> stopTokens;
  private final AdapterShelf adapters = new AdapterShelf();
  private final StepModel decoder;
  private @Nullable ToolSyntax calls; // guarded by this; found when the first request has tools
  private @Nullable Forms forms; // guarded by this; made when the first request asks for a form

  private DecoderGenerator(
      String name, Settings settings, LlamaConfig config, Tokenizer tokenizer, @Nullable ChatTemplate template,
      StepModel decoder, @Nullable DraftModel draft) {
    this.name = name;
    this.config = config;
    this.tokenizer = tokenizer;
    this.template = template;
    this.decoder = decoder;
    this.batcher = new ContinuousBatcher(decoder, draft, settings.limits());
    stopTokens = new HashSet<>(config.stopTokens());
    for (SpecialToken token : List.of(SpecialToken.END_OF_TEXT, SpecialToken.TURN_END)) {
      tokenizer.find(token.text()).ifPresent(stopTokens::add);
    }
    if (template != null) {
      template.ending().ifPresent(stopTokens::add);
    }
  }

  /**
   * Loads a model folder, tests what computes it and warms it up, which takes a second or two. A smaller model of the same
   * vocabulary in its folder {@code draft} guesses what it will write, which changes the time that takes and not the text;
   * the engine's own kernels compute both.
   *
   * @param name name and version under which answers are reported
   * @throws IOException when a file is missing, torn, or does not fit the others
   * @throws IllegalStateException when the device is not there, or computes something wrong
   */
  public static DecoderGenerator open(Path folder, String name, Settings settings) throws IOException {
    if (settings.arithmetic() instanceof Arithmetic.Kernels) {
      Panels.prepare();
    }
    LlamaConfig config = LlamaConfig.read(folder);
    Language language = Language.of(folder);
    StepModel decoder = null;
    DraftModel draft = null;
    try {
      LlamaConfig small = settings.drafts() ? DraftModel.find(folder).orElse(null) : null;
      int pages = settings.pages(config, small);
      decoder = load(folder, config, settings, pages);
      LOG.info("engine ready: model={} {}", name, decoder);
      if (small != null && decoder instanceof LlamaDecoder main) {
        draft = DraftModel.open(folder, main, small, settings.kv(), pages);
        LOG.info("draft ready: {}", draft);
      }
      if (language.tokenizer().size() > config.vocabulary()) {
        throw new IOException(folder + ": the tokenizer has " + language.tokenizer().size() + " ids, the model "
            + config.vocabulary());
      }
      return new DecoderGenerator(name, settings, config, language.tokenizer(), language.template(), decoder, draft);
    } catch (IOException | RuntimeException | Error e) {
      if (draft != null) {
        draft.close();
      }
      if (decoder != null) {
        decoder.close();
      }
      language.discard();
      throw e;
    }
  }

  private static StepModel load(Path folder, LlamaConfig config, Settings settings, int pages) throws IOException {
    return switch (settings.arithmetic()) {
      case Arithmetic.Kernels _ -> {
        LlamaDecoder decoder = LlamaDecoder.open(folder, config, settings.threads(), settings.kv(), pages);
        try {
          SelfTest.run(decoder);
        } catch (RuntimeException | Error e) {
          decoder.close();
          throw e;
        }
        yield decoder;
      }
      case Arithmetic.Libtorch(Device device, DType dtype) ->
          TorchDecoder.open(folder, config, device.required(), dtype, settings.kv(), pages);
    };
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
    Prompt.Dialogue dialogue = (Prompt.Dialogue) given;
    List<Message> messages = dialogue.messages();
    if (template != null) {
      return template.prompt(messages.stream().map(ChatTemplate.Turn::of).toList(), dialogue.tools());
    }
    if (!dialogue.tools().isEmpty()) {
      throw new IllegalArgumentException("tools: " + name + " is a base model, which knows neither dialogues nor tools;"
          + " leave them out, or ask a model with a chat template");
    }
    int[] text = tokenizer.encode(messages.stream().map(Message::content).collect(Collectors.joining("\n")));
    OptionalInt bos = config.bos();
    return bos.isPresent() ? IntStream.concat(IntStream.of(bos.getAsInt()), IntStream.of(text)).toArray() : text;
  }

  /**
   * Puts an adapter, in the layout of PEFT, under a name by which requests ask for it, in the place of another if there is
   * one: requests in flight finish on that.
   *
   * @throws IOException when a file is missing, torn, or does not fit the model
   */
  public void putAdapter(String name, Path folder) throws IOException {
    adapters.put(name, decoder.openAdapter(folder));
  }

  /** Takes an adapter away; requests in flight finish on it. Returns false if there is none of that name. */
  public boolean removeAdapter(String name) {
    return adapters.remove(name);
  }

  @Override
  public List<String> adapters() {
    return adapters.names();
  }

  @Override
  public Generation generate(GenerationRequest request, Consumer<Piece> onPiece) {
    int[] prompt = tokens(request.prompt());
    if (prompt.length >= config.context()) {
      throw new IllegalArgumentException("the prompt has " + prompt.length + " tokens, which leaves no room for an"
          + " answer in the context of " + config.context());
    }
    int maxTokens = Math.min(request.maxTokens(), config.context() - prompt.length);
    ToolSyntax syntax = syntax(request);
    OutputForm form = form(request, syntax);
    Service service = request.service();
    Adapter adapter = service.adapter().isEmpty() ? null : adapters.take(service.adapter());
    TokenStream tokens;
    try {
      tokens = batcher.submit(new TokenRequest(prompt, maxTokens, request.sampling(), stopTokens,
          form == null ? null : new FormMask(form.start(maxTokens)), request.scores(), service.tenant(), service.priority(), adapter,
          request.deadline()));
    } finally {
      if (adapter != null) {
        adapter.release(); // the engine holds it by now
      }
    }
    try {
      return new AnswerReader(tokenizer, request, syntax == null ? null : new CallReader(syntax), onPiece)
          .read(tokens, prompt.length);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while generating", e);
    } finally {
      tokens.cancel(); // whatever ended the reading, the engine need not go on; no effect on an answer that ended
    }
  }

  /** How this model writes calls, where a request may be answered with some. */
  private synchronized @Nullable ToolSyntax syntax(GenerationRequest request) {
    boolean none = request.tools().isEmpty() && request.toolChoice().equals(ToolChoice.AUTO);
    if (none || request.toolChoice().equals(ToolChoice.NONE) || template == null) {
      return null;
    }
    ToolSyntax known = calls;
    if (known == null) {
      known = ToolSyntax.of(template, tokenizer);
      calls = known;
    }
    return known;
  }

  /** What the answer is held to, if anything. */
  private @Nullable OutputForm form(GenerationRequest request, @Nullable ToolSyntax syntax) {
    if (syntax != null) {
      return forms().of(request.format(), request.tools(), request.toolChoice(), syntax);
    }
    return request.format() instanceof OutputFormat.FreeText ? null : forms().of(request.format());
  }

  private synchronized Forms forms() {
    Forms made = forms;
    if (made == null) {
      made = new Forms(Vocabulary.of(tokenizer, stopTokens));
      forms = made;
    }
    return made;
  }

  /** Ends the requests in flight with a failure and frees the weights; see {@link ModelSlot} for a gentler way. */
  @Override
  public void close() {
    batcher.close();
    adapters.close();
    tokenizer.close();
  }
}
