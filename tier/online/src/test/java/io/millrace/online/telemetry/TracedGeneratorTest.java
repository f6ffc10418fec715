// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.telemetry;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;
import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.spi.Generator;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TracedGeneratorTest {

  private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
  private final SdkTracerProvider provider =
      SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(exporter)).build();

  @Test
  void saysWhatWasAskedAndHowItEnded() {
    GenerationRequest request =
        GenerationRequest.of(new Prompt.Text("Once"), 9).with(SamplingOptions.of(0.5, 0.9, OptionalLong.of(4))).withStop(List.of("."));
    generator(false).generate(request, Piece.ignored());
    SpanData span = exporter.getFinishedSpanItems().getFirst();
    assertThat(span.getName()).isEqualTo("text_completion mill/decoder@1");
    Attributes attributes = span.getAttributes();
    assertThat(attributes.get(AttributeKey.stringKey("gen_ai.operation.name"))).isEqualTo("text_completion");
    assertThat(attributes.get(AttributeKey.stringKey("gen_ai.provider.name"))).isEqualTo("millrace");
    assertThat(attributes.get(AttributeKey.stringKey("gen_ai.request.model"))).isEqualTo("mill/decoder@1");
    assertThat(attributes.get(AttributeKey.doubleKey("gen_ai.request.temperature"))).isEqualTo(0.5);
    assertThat(attributes.get(AttributeKey.longKey("gen_ai.request.max_tokens"))).isEqualTo(9);
    assertThat(attributes.get(AttributeKey.longKey("gen_ai.request.seed"))).isEqualTo(4);
    assertThat(attributes.get(AttributeKey.stringArrayKey("gen_ai.request.stop_sequences"))).containsExactly(".");
    assertThat(attributes.get(AttributeKey.longKey("gen_ai.usage.input_tokens"))).isEqualTo(3);
    assertThat(attributes.get(AttributeKey.longKey("gen_ai.usage.output_tokens"))).isEqualTo(2);
    assertThat(attributes.get(AttributeKey.stringArrayKey("gen_ai.response.finish_reasons"))).containsExactly("length");
    assertThat(attributes.get(AttributeKey.doubleKey("millrace.time_to_first_token"))).isNotNegative();
    assertThat(attributes.asMap().values().toString()).doesNotContain("Once").doesNotContain("upon");
  }

  @Test
  void saysWhatItFailedWith() {
    assertThatThrownBy(() -> generator(true).generate(GenerationRequest.of(new Prompt.Text("x"), 1), Piece.ignored()))
        .isInstanceOf(IllegalStateException.class);
    SpanData span = exporter.getFinishedSpanItems().getFirst();
    assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(span.getAttributes().get(AttributeKey.stringKey("error.type"))).isEqualTo("java.lang.IllegalStateException");
  }

  private Generator generator(boolean failing) {
    Generator model =
        new Generator() {
          @Override
          public String model() {
            return "mill/decoder@1";
          }

          @Override
          public int context() {
            return 10;
          }

          @Override
          public int count(Prompt prompt) {
            return 1;
          }

          @Override
          public Generation generate(GenerationRequest request, Consumer<Piece> onPiece) {
            if (failing) {
              throw new IllegalStateException("broken");
            }
            onPiece.accept(new Piece.Text("upon", List.of()));
            return new Generation("upon", 3, 2, Finish.LENGTH);
          }

          @Override
          public void close() {}
        };
    return new TracedGenerator(model, "millrace", provider.get("test"));
  }
}
