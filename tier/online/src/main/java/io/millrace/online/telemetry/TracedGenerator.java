// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.telemetry;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.OutputFormat;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;
import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.spi.ForwardingGenerator;
import io.millrace.core.spi.Generator;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A language model that makes a span of each generation, with the attributes of OpenTelemetry's conventions for
 * generative AI: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/. What was asked and said is no part
 * of it.
 */
public final class TracedGenerator extends ForwardingGenerator {

  private static final AttributeKey<List<String>> STOP = AttributeKey.stringArrayKey("gen_ai.request.stop_sequences");
  private static final AttributeKey<List<String>> FINISH =
      AttributeKey.stringArrayKey("gen_ai.response.finish_reasons");

  private final String provider;
  private final Tracer tracer;

  /**
   * Traces a model.
   *
   * @param provider who runs it: {@code millrace}, or {@code openai} for whatever speaks its API
   */
  public TracedGenerator(Generator generator, String provider, Tracer tracer) {
    super(generator);
    this.provider = provider;
    this.tracer = tracer;
  }

  @Override
  public Generation generate(GenerationRequest request, Consumer<Piece> onPiece) {
    String operation = request.prompt() instanceof Prompt.Text ? "text_completion" : "chat";
    Span span =
        tracer.spanBuilder(operation + " " + model())
            .setSpanKind(SpanKind.CLIENT)
            .setAttribute("gen_ai.operation.name", operation)
            .setAttribute("gen_ai.provider.name", provider)
            .startSpan();
    describe(request, span);
    long begin = System.nanoTime();
    AtomicLong first = new AtomicLong();
    try (Scope scope = span.makeCurrent()) {
      Generation generation =
          super.generate(
              request,
              piece -> {
                first.compareAndSet(0, System.nanoTime());
                onPiece.accept(piece);
              });
      describe(generation, span);
      return generation;
    } catch (RuntimeException e) {
      span.setAttribute("error.type", e.getClass().getName());
      span.setStatus(StatusCode.ERROR);
      throw e;
    } finally {
      if (first.get() != 0) {
        span.setAttribute("millrace.time_to_first_token", (first.get() - begin) / 1e9);
      }
      span.end();
    }
  }

  private void describe(GenerationRequest request, Span span) {
    SamplingOptions sampling = request.sampling();
    String adapter = request.service().adapter();
    span.setAttribute("gen_ai.request.model", adapter.isEmpty() ? model() : model() + ":" + adapter);
    span.setAttribute("gen_ai.request.temperature", sampling.temperature());
    span.setAttribute("gen_ai.request.top_p", sampling.topP());
    span.setAttribute("gen_ai.request.max_tokens", request.maxTokens());
    if (sampling.topK() > 0) {
      span.setAttribute("gen_ai.request.top_k", sampling.topK());
    }
    if (sampling.frequencyPenalty() != 0) {
      span.setAttribute("gen_ai.request.frequency_penalty", sampling.frequencyPenalty());
    }
    if (sampling.presencePenalty() != 0) {
      span.setAttribute("gen_ai.request.presence_penalty", sampling.presencePenalty());
    }
    sampling.seed().ifPresent(seed -> span.setAttribute("gen_ai.request.seed", seed));
    if (!request.stop().isEmpty()) {
      span.setAttribute(STOP, request.stop());
    }
    boolean json = request.format() instanceof OutputFormat.JsonObject
        || request.format() instanceof OutputFormat.JsonSchema;
    span.setAttribute("gen_ai.output.type", json ? "json" : "text");
  }

  private void describe(Generation generation, Span span) {
    span.setAttribute("gen_ai.response.model", model());
    span.setAttribute(FINISH, List.of(generation.finish().name().toLowerCase(Locale.ROOT)));
    span.setAttribute("gen_ai.usage.input_tokens", generation.promptTokens());
    span.setAttribute("gen_ai.usage.output_tokens", generation.completionTokens());
    span.setAttribute("gen_ai.usage.cache_read.input_tokens", generation.cachedTokens());
  }
}
