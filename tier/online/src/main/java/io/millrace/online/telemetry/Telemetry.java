// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.telemetry;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Where traces go: nowhere, unless an address was configured. */
public final class Telemetry implements AutoCloseable {

  private static final String SERVICE = "millrace-gateway";
  private static final Duration DELAY = Duration.ofSeconds(1);
  private static final int SECONDS_TO_CLOSE = 5;

  private final Tracer tracer;
  private final @Nullable OpenTelemetrySdk sdk;

  private Telemetry(OpenTelemetry api, @Nullable OpenTelemetrySdk sdk) {
    this.tracer = api.getTracer("io.millrace");
    this.sdk = sdk;
  }

  /** Nothing is recorded. */
  public static Telemetry off() {
    return new Telemetry(OpenTelemetry.noop(), null);
  }

  /**
   * Spans are sent as they end, in small batches; while nobody takes them, they are dropped.
   *
   * @param address of a collector that speaks OTLP over HTTP, for example {@code http://localhost:4318/v1/traces}
   * @param domain that is served, part of what every span says of its origin
   */
  public static Telemetry otlp(String address, String domain) {
    Resource origin =
        Resource.getDefault().merge(
            Resource.create(
                Attributes.of(AttributeKey.stringKey("service.name"), SERVICE,
                    AttributeKey.stringKey("millrace.domain"), domain)));
    SdkTracerProvider provider =
        SdkTracerProvider.builder()
            .setResource(origin)
            .addSpanProcessor(
                BatchSpanProcessor.builder(OtlpHttpSpanExporter.builder().setEndpoint(address).build())
                    .setScheduleDelay(DELAY).build())
            .build();
    OpenTelemetrySdk sdk = OpenTelemetrySdk.builder().setTracerProvider(provider).build();
    return new Telemetry(sdk, sdk);
  }

  /** Returns what makes spans. */
  public Tracer tracer() {
    return tracer;
  }

  /** Sends what was not sent yet. */
  @Override
  public void close() {
    if (sdk != null) {
      sdk.shutdown().join(SECONDS_TO_CLOSE, TimeUnit.SECONDS);
    }
  }
}
